using System.Text.Json;
using Dapper;
using EdgeSync.Testing;
using Npgsql;

namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>Runs and audits on a real server.</summary>
public sealed class PostgresRunTests : IDisposable
{
    // Others must be able to pass: where tests run as root, the server does not.
    private readonly DirectoryInfo _directory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"edgesync-postgres-run-{Guid.NewGuid():N}"));

    private DataFolder Folder => new(Path.Combine(_directory.FullName, "data"));

    [Fact]
    public async Task A_private_server_stays_with_its_folder_and_its_streams_go_on()
    {
        TestServer.RequirePostgres();

        var first = await RunAsync("--database", "postgres");
        var second = await RunAsync();

        Assert.True(second.GetProperty("stored").GetInt64() > first.GetProperty("stored").GetInt64(), second.ToString());
        Assert.Equal(0, second.GetProperty("extraStreams").GetInt64());
        Assert.Equal((ExitCodes.Pass, ""), await InvokeAsync("audit", "--data", Folder.Root));
        Assert.False(File.Exists(Folder.Database));
        Assert.Empty(PostgresProcesses.Of(Path.Combine(Folder.Postgres, "data")));
    }

    [Fact]
    public async Task On_a_given_server_the_audit_reads_what_is_there()
    {
        await using var database = await TestDatabase.CreateAsync(TestContext.Current.CancellationToken);
        var report = await RunAsync("--database", database.ConnectionString);
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        Assert.Equal(report.GetProperty("stored").GetInt64(), await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM telemetry_data"));
        Assert.Equal(1, await connection.ExecuteAsync("DELETE FROM telemetry_data WHERE (device_id, epoch, seq) = (SELECT device_id, epoch, seq FROM telemetry_data LIMIT 1)"));
        Assert.Equal(1, await connection.ExecuteAsync(
            "UPDATE telemetry_data SET value = value + 1 WHERE (device_id, epoch, seq) = (SELECT device_id, epoch, seq FROM telemetry_data WHERE value IS NOT NULL LIMIT 1)"));
        Assert.Equal(1, await connection.ExecuteAsync("DELETE FROM commands WHERE command_id = (SELECT command_id FROM commands LIMIT 1)"));

        var audit = Auditor.Run(Folder, database.ConnectionString);

        Assert.Equal((1L, 0L, 1L, 1), (audit.Lost, audit.Duplicated, audit.Altered, audit.CommandsLost));
        Assert.Equal((ExitCodes.AuditFailed, ""), await InvokeAsync("audit", "--data", Folder.Root, "--database", database.ConnectionString));
    }

    [Fact]
    public async Task A_server_without_a_control_plane_cannot_be_audited()
    {
        await using var database = await TestDatabase.CreateAsync(TestContext.Current.CancellationToken);
        FleetFile.OpenOrCreate(Folder.Create(), 1, 1);

        var (exitCode, error) = await InvokeAsync("audit", "--data", Folder.Root, "--database", database.ConnectionString);

        Assert.Equal(ExitCodes.WrongUsage, exitCode);
        Assert.Contains("is no control-plane database that can be read", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_a_private_server_gets_none_from_an_audit()
    {
        FleetFile.OpenOrCreate(Folder.Create(), 1, 1);

        var (exitCode, error) = await InvokeAsync("audit", "--data", Folder.Root, "--database", "postgres");

        Assert.Equal(ExitCodes.WrongUsage, exitCode);
        Assert.Contains($"There is no control-plane database at {Folder.Postgres}", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Folder.Postgres));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private async Task<JsonElement> RunAsync(params string[] database)
    {
        var report = Path.Combine(_directory.FullName, "report.json");
        string[] arguments =
        [
            "run", "--devices", "3", "--duration", "2s", "--rate", "10", "--sync-interval", "300ms", "--commands-per-minute", "300", "--config-writes-per-minute", "300",
            "--data", Folder.Root, "--report", report, "--no-live",
        ];

        Assert.Equal((ExitCodes.Pass, ""), await InvokeAsync([.. arguments, .. database]));
        return JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken));
    }

    private static async Task<(int ExitCode, string Error)> InvokeAsync(params string[] arguments)
    {
        await using var error = new StringWriter();
        return (await CommandLine.InvokeAsync(arguments, TimeProvider.System, error), error.ToString());
    }
}
