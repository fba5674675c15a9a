using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EdgeSync.AppHost.Tests;

/// <summary>
/// Each profile comes up, and one device syncs through the gateway. Embedded needs processes alone; a server that is there is named by <c>EDGESYNC_TEST_DATABASE</c> (its user may create databases), and
/// <c>EDGESYNC_TEST_CONTAINERS=1</c> says that containers can be started.
/// </summary>
public sealed class RunTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly string? Server = Environment.GetEnvironmentVariable("EDGESYNC_TEST_DATABASE");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-apphost-");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public Task Embedded_everything_comes_up_and_a_device_syncs_through_the_gateway() => RunAsync("embedded");

    [Fact]
    public async Task On_a_server_that_is_there_it_does_too()
    {
        Assert.SkipWhen(Server is null or "cockroach-container", "EDGESYNC_TEST_DATABASE names no server.");
        var database = new NpgsqlConnectionStringBuilder(Server) { Database = $"edgesync_apphost_{Guid.NewGuid():N}" };
        await ExecuteAsync($"CREATE DATABASE {database.Database}");
        try
        {
            await RunAsync("postgres", $"ConnectionStrings:edgesync={database}");
        }
        finally
        {
            await ExecuteAsync($"DROP DATABASE {database.Database} WITH (FORCE)");
        }
    }

    [Fact]
    public Task And_with_a_CockroachDB_node_in_a_container()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("EDGESYNC_TEST_CONTAINERS") == "1", "EDGESYNC_TEST_CONTAINERS is not 1.");
        return RunAsync("cockroach");
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("ingest")]
    public async Task A_service_that_is_taken_away_while_a_fleet_runs_comes_back_and_nothing_is_lost(string service)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        timeout.CancelAfter(Patience);
        var ct = timeout.Token;
        await using var builder = await Model.ToRunAsync(_folder.FullName, ct, "EdgeSync:Database=embedded", "Parameters:devices=5", "Parameters:duration=25s", "Parameters:sync-interval=500ms");
        await using var app = await StartAsync(builder, ct);
        await app.ResourceCommands.ExecuteCommandAsync("fleet", KnownResourceCommands.StartCommand, ct);
        await SaysAsync(app, builder.Resources.Single(resource => resource.Name == "fleet"), " working ", ct);

        var interrupted = await app.ResourceCommands.ExecuteCommandAsync("fleet", OutageExtensions.NameOf(service), ct);

        Assert.True(interrupted.Success);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(service, WaitBehavior.WaitOnResourceUnavailable, ct);
        Assert.Equal(0, await EndAsync(app, "fleet", ct));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task RunAsync(string database, params string[] more)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        timeout.CancelAfter(Patience);
        var ct = timeout.Token;
        await using var builder = await Model.ToRunAsync(
            _folder.FullName, ct, [$"EdgeSync:Database={database}", "Parameters:devices=1", "Parameters:duration=2s", "Parameters:sync-interval=200ms", .. more]);
        Model.WithoutVolumes(builder);
        await using var app = await StartAsync(builder, ct);

        using var management = app.CreateHttpClient("gateway", "management");
        Assert.Equal("Healthy", await management.GetStringAsync(new Uri("/health", UriKind.Relative), ct));

        // It registers, enrols, connects over mutual TLS, uploads, and is audited: its exit code is the verdict.
        Assert.Equal(0, await ExitCodeAsync(app, "fleet", ct));
        Assert.Equal(0, await ExitCodeAsync(app, "audit", ct));
    }

    private static async Task<DistributedApplication> StartAsync(IDistributedApplicationTestingBuilder builder, CancellationToken ct)
    {
        var app = await builder.BuildAsync(ct);
        await app.StartAsync(ct);
        foreach (var service in new[] { "ingest", "commands", "gateway" })
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync(service, ct);
        }

        return app;
    }

    /// <summary>Waits until a word is in a resource's log.</summary>
    private static async Task SaysAsync(DistributedApplication app, IResource resource, string word, CancellationToken ct)
    {
        await foreach (var lines in app.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(resource).WithCancellation(ct))
        {
            if (lines.Any(line => line.Content.Contains(word, StringComparison.Ordinal)))
            {
                return;
            }
        }
    }

    private static async Task<int?> ExitCodeAsync(DistributedApplication app, string resource, CancellationToken ct)
    {
        await app.ResourceCommands.ExecuteCommandAsync(resource, KnownResourceCommands.StartCommand, ct);
        return await EndAsync(app, resource, ct);
    }

    private static async Task<int?> EndAsync(DistributedApplication app, string resource, CancellationToken ct)
    {
        var ended = await app.ResourceNotifications.WaitForResourceAsync(resource, notice => KnownResourceStates.TerminalStates.Contains(notice.Snapshot.State?.Text), ct);
        return ended.Snapshot.ExitCode;
    }

    private static async Task ExecuteAsync(string statement)
    {
        await using var source = NpgsqlDataSource.Create(Server!);
        await using var command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
