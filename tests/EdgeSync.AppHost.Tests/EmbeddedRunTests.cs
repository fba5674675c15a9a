using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace EdgeSync.AppHost.Tests;

/// <summary>Needs no container engine: processes alone.</summary>
public sealed class EmbeddedRunTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-apphost-");

    [Fact]
    public async Task Everything_comes_up_healthy_and_one_device_syncs_through_the_gateway()
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        var ct = timeout.Token;
        await using var builder = await Model.ToRunAsync(_folder.FullName, ct, "Parameters:devices=1", "Parameters:duration=2s", "Parameters:sync-interval=200ms");
        await using var app = await builder.BuildAsync(ct);
        await app.StartAsync(ct);
        foreach (var service in new[] { "ingest", "commands", "gateway" })
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync(service, ct);
        }

        using var management = app.CreateHttpClient("gateway", "management");
        Assert.Equal("Healthy", await management.GetStringAsync(new Uri("/health", UriKind.Relative), ct));

        // It registers, enrols, connects over mutual TLS, uploads, and is audited: its exit code is the verdict.
        await app.ResourceCommands.ExecuteCommandAsync("fleet", KnownResourceCommands.StartCommand, ct);
        Assert.Equal(0, await ExitCodeAsync(app, "fleet", ct));
        await app.ResourceCommands.ExecuteCommandAsync("audit", KnownResourceCommands.StartCommand, ct);
        Assert.Equal(0, await ExitCodeAsync(app, "audit", ct));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<int?> ExitCodeAsync(DistributedApplication app, string resource, CancellationToken ct)
    {
        var ended = await app.ResourceNotifications.WaitForResourceAsync(resource, notice => KnownResourceStates.TerminalStates.Contains(notice.Snapshot.State?.Text), ct);
        return ended.Snapshot.ExitCode;
    }
}
