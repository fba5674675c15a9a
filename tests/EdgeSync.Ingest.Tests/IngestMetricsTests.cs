using System.Diagnostics.Metrics;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Ingest.Tests;

public sealed class IngestMetricsTests
{
    private const long Second = 1_000_000;

    [Fact]
    public async Task Batches_and_readings_are_counted_by_outcome_and_reason()
    {
        await using var host = await IngestHost.StartAsync(StorageKind.Sqlite);
        using var metrics = Listen(host);
        var device = new TestDevice { SentAt = TestDevice.Start + (100 * Second) }.Produce(10).Produce(new Reading("", TestDevice.Start, 1)).Produce(4);

        await host.AppendAsync(device, device.Batch(1, 8));
        await host.AppendAsync(device, device.Batch(5, 11));
        await host.AppendAsync(device, device.Batch(12, 15, (12, 13)));
        using var hole = await host.SendAsync(new TestDevice(2).Produce(3), new TestDevice(2).Produce(3).Batch(2, 3));
        metrics.Collect();

        Assert.Empty(metrics.Wrong);
        Assert.Equal(["1 outcome=acknowledged", "1 outcome=acknowledged", "1 outcome=acknowledged", "1 outcome=sequence-hole"], metrics.Of("edgesync.ingest.writes"));
        Assert.Equal(
            [
                "1 outcome=refused reason=sensor-empty", "2 outcome=dropped reason=retention", "2 outcome=stored", "2 outcome=stored",
                "4 outcome=replayed", "8 outcome=stored",
            ],
            metrics.Of("edgesync.ingest.readings"));
        Assert.Equal(["2", "3", "7", "8"], metrics.Of("edgesync.ingest.commit.rows"));
        Assert.Equal(["1", "1", "1", "1"], metrics.Of("edgesync.ingest.commit.writes"));
        // Of what is new in each batch: readings 1 and 8, then 9 and 10, then 14 and 15, a second each.
        Assert.Equal(
            ["85 reading=newest", "86 reading=oldest", "90 reading=newest", "91 reading=oldest", "92 reading=newest", "99 reading=oldest"],
            metrics.Of("edgesync.ingest.latency"));
        Assert.Equal(["0 writer=0"], metrics.Of("edgesync.ingest.queue.writes"));
        Assert.Equal(["1000 writer=0"], metrics.Of("edgesync.ingest.queue.limit"));
        Assert.Contains("1 code=sequence-hole category=conflict", metrics.Of("edgesync.problems"));
    }

    [Theory]
    [InlineData(90, "90 direction=ahead")]
    [InlineData(-90, "90 direction=behind")]
    public async Task How_far_a_clock_is_off_is_measured_with_each_heartbeat(int seconds, string expected)
    {
        await using var host = await IngestHost.StartAsync(StorageKind.Sqlite);
        using var metrics = Listen(host);
        var device = new TestDevice();

        using var kept = await host.PostAsync(device, Routes.Heartbeat, new Heartbeat(device.Boot, TestDevice.Start + (seconds * Second), "0.1.0", "ok", TestDevice.Start, 0, 0, 0, []));
        await kept.ReadAsync(ProtocolJson.Default.HeartbeatAck);

        Assert.Empty(metrics.Wrong);
        Assert.Equal([expected], metrics.Of("edgesync.ingest.clock.offset"));
    }

    [Theory]
    [InlineData(10, 12, 3, 2.5)]
    [InlineData(10, 8, 0.5, 0)]
    public void Latency_goes_by_each_clock_for_its_own_part(int recordedAt, int sentAt, double oldest, double newest)
    {
        var device = new TestDevice { SentAt = sentAt * Second }.Produce(
            new Reading("t", recordedAt * Second, 1), new Reading("t", (recordedAt * Second) + 500_000, 2));
        var checkedBatch = CheckedBatch.Of(device.Batch(1, 2));
        // The device's clock is a thousand seconds behind ours; the batch waited one second here, and half a second where the sensor is ahead.
        var received = (1_000 + sentAt) * Second;
        var plan = Assert.IsType<AppendDecision.Append>(AppendDecision.Of(null, device.Stream, checkedBatch, received)).Plan;

        var latency = SyncLatency.Of(plan, received + (long)((oldest + recordedAt - sentAt) * Second));

        Assert.Equal((oldest, newest), latency);
    }

    private static MeasuredMetrics Listen(IngestHost host)
    {
        // Other hosts of this process have meters of the same name: this host's factory is the scope.
        var meters = host.Services.GetRequiredService<IMeterFactory>();
        return new MeasuredMetrics(meter => meter.Scope == meters && meter.Name.StartsWith("EdgeSync.", StringComparison.Ordinal));
    }
}
