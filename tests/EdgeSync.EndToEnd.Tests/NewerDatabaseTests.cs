using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>A rolling upgrade, as today's programs see it: the next version's migration comes while they run, and they start again after it.</summary>
public sealed class NewerDatabaseTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Programs_of_today_go_on_and_start_again_beside_the_next_schema_in_a_file()
    {
        await using var site = new Site();
        await UpgradeAsync(site, () => new SqliteConnection(site.Database));
    }

    [Fact]
    public async Task Programs_of_today_go_on_and_start_again_beside_the_next_schema_on_a_server()
    {
        await using var database = await TestDatabase.CreateAsync(Ct);
        await using var site = new Site(database.ConnectionString);
        await UpgradeAsync(site, () => new NpgsqlConnection(site.Database));
    }

    private static async Task UpgradeAsync(Site site, Func<DbConnection> connect)
    {
        await site.InitializeAsync();
        var device = await site.AddDeviceAsync();
        device.Start();
        await UseAsync(site, device, "\"before\"");

        await using (var connection = connect())
        {
            await connection.OpenAsync(Ct);
            await NewerProgram.MigrateAsync(connection, ct: Ct);
        }

        await UseAsync(site, device, "\"meanwhile\"");
        await site.StopControlPlaneAsync();
        await site.StartControlPlaneAsync();
        await UseAsync(site, device, "\"after\"");
        // One that nobody knew before the migration.
        var another = await site.AddDeviceAsync();
        another.Start();
        await UseAsync(site, another, "\"new\"");

        Assert.Equal(60, site.ReadStored(device).Count);
        site.AssertBalanced();
    }

    /// <summary>Readings up, a command and a value down, and what became of them back.</summary>
    private static async Task UseAsync(Site site, FieldDevice device, string value)
    {
        device.Produce(20);
        var command = await site.Operators.IssueAsync(device);
        await site.Operators.SetConfigAsync(device, "site.stage", value);
        await device.DrainAsync();

        Assert.Equal(CommandState.Succeeded, (await site.Operators.EndOfAsync(device, command)).State);
        await Eventually.BecomesAsync(() => Task.FromResult(device.Device.Config.Get("site.stage")?.Text), text => text == value, "the value is in force");
    }
}
