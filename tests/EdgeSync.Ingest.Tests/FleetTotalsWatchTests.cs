using System.Diagnostics.Metrics;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Ingest.Tests;

/// <summary>How the fleet stands, for those who collect metrics.</summary>
public abstract class FleetTotalsWatchTests
{
    private const long Second = 1_000_000;

    private readonly StorageKind _kind;

    private protected FleetTotalsWatchTests(StorageKind kind) => _kind = kind;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_fleet_is_added_up_by_how_its_devices_stand()
    {
        await using var host = await IngestHost.StartAsync(_kind);
        var watch = host.Services.GetRequiredService<FleetTotalsWatch>();
        await watch.StopAsync(Ct);
        await BeatAsync(host, 1, "ok", pending: 0, oldest: null);
        await BeatAsync(host, 2, "rate-limited", pending: 7, oldest: -50, deadLetters: 2);
        await BeatAsync(host, 3, "offline-unreachable", pending: 5, oldest: -20);
        await BeatAsync(host, 4, "ok", pending: 100, oldest: -900, interval: 1_000);
        host.Time.Advance(TimeSpan.FromSeconds(10));
        using var metrics = Listen(host);

        await watch.ReadAsync(Ct);
        metrics.Collect();

        Assert.Empty(metrics.Wrong);
        Assert.Equal(["0 state=paused", "1 state=ok", "1 state=silent", "2 state=failing"], metrics.Of("edgesync.fleet.devices"));
        Assert.Equal(["0 state=ok", "0 state=paused", "100 state=silent", "12 state=failing"], metrics.Of("edgesync.fleet.unsynced.records"));
        Assert.Equal(["0 state=ok", "0 state=paused", "60 state=failing", "910 state=silent"], metrics.Of("edgesync.fleet.unsynced.age"));
        Assert.Equal(["0 state=ok", "0 state=paused", "0 state=silent", "2 state=failing"], metrics.Of("edgesync.fleet.dead_letters"));
    }

    [Fact]
    public async Task What_could_not_be_read_for_a_minute_is_not_shown()
    {
        await using var host = await IngestHost.StartAsync(_kind);
        var watch = host.Services.GetRequiredService<FleetTotalsWatch>();
        await watch.StopAsync(Ct);
        await watch.ReadAsync(Ct);
        host.Time.Advance(TimeSpan.FromSeconds(61));
        using var metrics = Listen(host);

        metrics.Collect();

        Assert.Contains("edgesync.fleet.devices", metrics.Published);
        Assert.DoesNotContain("edgesync.fleet.devices", metrics.Measured);
    }

    private static async Task BeatAsync(IngestHost host, int seed, string reason, int pending, int? oldest, int deadLetters = 0, long? interval = null)
    {
        var device = new TestDevice(seed);
        using var kept = await host.PostAsync(device, Routes.Heartbeat, new Heartbeat(
            device.Boot, TestDevice.Start, "0.1.0", reason, TestDevice.Start, pending, pending, deadLetters, [], TestDevice.Start + (oldest * Second), IntervalMilliseconds: interval));
        await kept.ReadAsync(ProtocolJson.Default.HeartbeatAck);
    }

    private static MeasuredMetrics Listen(IngestHost host)
    {
        var meters = host.Services.GetRequiredService<IMeterFactory>();
        return new MeasuredMetrics(meter => meter.Scope == meters && meter.Name == FleetMetrics.MeterName);
    }
}

public sealed class FleetTotalsWatchOnSqlite() : FleetTotalsWatchTests(StorageKind.Sqlite);

public sealed class FleetTotalsWatchOnServer() : FleetTotalsWatchTests(StorageKind.Server);
