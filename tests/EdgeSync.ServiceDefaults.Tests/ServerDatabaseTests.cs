using System.Data;
using System.Data.Common;
using Dapper;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EdgeSync.ServiceDefaults.Tests;

/// <summary>Transactions on a real server: what they promise, and what happens when it is not there.</summary>
public sealed class ServerDatabaseTests : IAsyncLifetime
{
    private TestDatabase? _database;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string ConnectionString => _database!.ConnectionString;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync(Ct);

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_server_says_what_it_is()
    {
        await using var host = new DatabaseHost(ConnectionString);
        Assert.Throws<InvalidOperationException>(() => host.Database.Kind);
        await using var connection = await host.Database.OpenAsync(Ct);
        var version = await connection.ExecuteScalarAsync<string>("SELECT version()");
        Assert.Equal(version!.Contains("CockroachDB", StringComparison.Ordinal) ? DatabaseKind.CockroachDb : DatabaseKind.PostgreSql, host.Database.Kind);
    }

    [Fact]
    public async Task Counting_at_once_loses_no_count()
    {
        await using var host = await CounterAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.Database.WriteAsync(CountAsync, Ct)));
        Assert.Equal(8, await host.CountAsync("SELECT n FROM counters"));

        static async Task<long> CountAsync(DbTransaction transaction)
        {
            var n = await transaction.Connection!.ExecuteScalarAsync<long>("SELECT n FROM counters", transaction: transaction);
            await Task.Yield();
            return await transaction.Connection!.ExecuteAsync("UPDATE counters SET n = @next", new { next = n + 1 }, transaction);
        }
    }

    [Theory]
    [InlineData(IsolationLevel.Serializable, "serializable")]
    [InlineData(IsolationLevel.ReadCommitted, "read committed")]
    public async Task The_isolation_level_is_always_said(IsolationLevel level, string expected)
    {
        await using var host = new DatabaseHost(ConnectionString);
        Assert.Equal(expected, await host.Database.WriteAsync(
            level, transaction => transaction.Connection!.ExecuteScalarAsync<string>("SHOW transaction_isolation", transaction: transaction), Ct));
    }

    [Fact]
    public async Task A_read_sees_one_moment()
    {
        await using var host = await CounterAsync();
        var (before, after) = await host.Database.ReadAsync(
            async transaction =>
            {
                var before = await transaction.Connection!.ExecuteScalarAsync<long>("SELECT n FROM counters", transaction: transaction);
                await host.ExecuteAsync("UPDATE counters SET n = 5");
                return (before, await transaction.Connection!.ExecuteScalarAsync<long>("SELECT n FROM counters", transaction: transaction));
            },
            Ct);
        Assert.Equal((0, 0), (before, after));
        Assert.Equal(5, await host.Database.ReadStaleAsync(transaction => transaction.Connection!.ExecuteScalarAsync<long>("SELECT n FROM counters", transaction: transaction), Ct));
    }

    [Fact]
    public async Task A_connection_that_the_server_ends_costs_a_second_run_and_writes_once()
    {
        await using var host = await CounterAsync();
        var runs = 0;
        await host.Database.WriteAsync(
            async transaction =>
            {
                await transaction.Connection!.ExecuteAsync("UPDATE counters SET n = n + 1", transaction: transaction);
                if (++runs == 1)
                {
                    var session = await transaction.Connection!.ExecuteScalarAsync<int>("SELECT pg_backend_pid()", transaction: transaction);
                    await host.ExecuteAsync($"SELECT pg_terminate_backend({session})");
                }

                return await transaction.Connection!.ExecuteScalarAsync<long>("SELECT n FROM counters", transaction: transaction);
            },
            Ct);
        Assert.Equal(2, runs);
        Assert.Equal(1, await host.CountAsync("SELECT n FROM counters"));
    }

    [Fact]
    public async Task An_error_rolls_back()
    {
        await using var host = await CounterAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Database.WriteAsync<int>(
            async transaction =>
            {
                await transaction.Connection!.ExecuteAsync("UPDATE counters SET n = 9", transaction: transaction);
                throw new InvalidOperationException("The work itself failed.");
            },
            Ct));
        Assert.Equal(0, await host.CountAsync("SELECT n FROM counters"));
    }

    [Fact]
    public async Task Ids_and_digests_go_and_come_as_they_are()
    {
        await using var host = new DatabaseHost(ConnectionString);
        var row = new Row(new DeviceId(Guid.NewGuid()), new CommandId(Guid.NewGuid()), DigestChain.Origin(new DeviceId(Guid.NewGuid()), new Epoch(7)));
        await host.ExecuteAsync("CREATE TABLE samples (device UUID, command UUID, digest BYTEA)");
        Assert.Equal(row, await host.Database.WriteAsync(
            async transaction =>
            {
                await transaction.Connection!.ExecuteAsync("INSERT INTO samples (device, command, digest) VALUES (@Device, @Command, @Digest)", row, transaction);
                return await transaction.Connection!.QuerySingleAsync<Row>("SELECT device AS Device, command AS Command, digest AS Digest FROM samples", transaction: transaction);
            },
            Ct));
    }

    [Fact]
    public async Task Readiness_follows_the_server()
    {
        await using var host = new DatabaseHost(ConnectionString);
        Assert.Equal(HealthStatus.Healthy, (await host.Get<HealthCheckService>().CheckHealthAsync(Ct)).Status);
        await using var nowhere = new DatabaseHost("Host=127.0.0.1;Port=1;Database=edgesync;Username=nobody");
        var report = await nowhere.Get<HealthCheckService>().CheckHealthAsync(Ct);
        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Unhealthy), (report.Status, report.Entries["PostgreSql"].Status));
    }

    [Fact]
    public async Task Aspires_setting_turns_the_health_check_off()
    {
        await using var host = new DatabaseHost(ConnectionString, ("Aspire:Npgsql:DisableHealthChecks", "true"));
        Assert.DoesNotContain("PostgreSql", (await host.Get<HealthCheckService>().CheckHealthAsync(Ct)).Entries.Keys);
    }

    private async Task<DatabaseHost> CounterAsync()
    {
        var host = new DatabaseHost(ConnectionString);
        await host.ExecuteAsync("CREATE TABLE counters (n INT8 NOT NULL)");
        await host.ExecuteAsync("INSERT INTO counters (n) VALUES (0)");
        return host;
    }

    private sealed record Row(DeviceId Device, CommandId Command, Digest Digest);
}
