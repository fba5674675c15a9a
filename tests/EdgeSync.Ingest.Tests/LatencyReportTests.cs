using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Ingest.Tests;

public sealed class LatencyReportTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public Task What_is_counted_is_written_once_however_often_it_is_reported() => RequireCountedAsync(StorageKind.Sqlite);

    [Fact]
    public Task And_on_a_server() => RequireCountedAsync(StorageKind.Server);

    [Fact]
    public void A_minute_that_is_written_down_and_over_is_let_go()
    {
        const long Minute = 60_000_000;
        var tally = new LatencyTally();
        tally.Add(1, 0);
        tally.Add(1, Minute);
        tally.Add(1, 2 * Minute);

        tally.Forget(2 * Minute);

        Assert.Equal([1, 2], tally.Read().Select(minute => minute.Minute));
    }

    [Fact]
    public void While_nothing_can_be_written_down_an_hour_is_kept()
    {
        var tally = new LatencyTally();
        for (var minute = 0; minute < 100; minute++)
        {
            tally.Add(1, minute * 60_000_000L);
        }

        Assert.Equal((60, 40), (tally.Read().Count, tally.Read()[0].Minute));
    }

    private static async Task RequireCountedAsync(StorageKind kind)
    {
        await using var host = await IngestHost.StartAsync(kind);
        var device = new TestDevice().Produce(30);
        await host.AppendAsync(device, device.Batch(1, 10));
        await host.Services.GetRequiredService<QueueReport>().ReportAsync(Ct);
        await host.AppendAsync(device, device.Batch(11, 20));
        await host.Services.GetRequiredService<QueueReport>().ReportAsync(Ct);
        await host.Services.GetRequiredService<QueueReport>().ReportAsync(Ct);
        Assert.Equal([2], await BatchesAsync(host));

        host.Time.Advance(TimeSpan.FromHours(25));
        await host.AppendAsync(device, device.Batch(21, 30));
        await host.Services.GetRequiredService<QueueReport>().ReportAsync(Ct);

        // Another minute; the one of yesterday is gone.
        Assert.Equal([1], await BatchesAsync(host));
    }

    private static async Task<IEnumerable<int>> BatchesAsync(IngestHost host) =>
        (await host.Services.GetRequiredService<ControlPlaneDatabase>().ReadAsync(transaction => transaction.QueryAsync<string>("SELECT counts FROM sync_latency ORDER BY minute"), Ct))
            .Select(counts => counts.Split(' ').Sum(pair => int.Parse(pair.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)));
}
