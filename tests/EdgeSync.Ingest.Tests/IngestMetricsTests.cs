using System.Diagnostics.Metrics;
using EdgeSync.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Ingest.Tests;

public sealed class IngestMetricsTests
{
    [Fact]
    public async Task Batches_and_readings_are_counted_by_outcome()
    {
        await using var host = await IngestHost.StartAsync(StorageKind.Sqlite);
        var counts = new Dictionary<string, double>();
        using var listener = Listen(host, counts);
        var device = new TestDevice().Produce(10).Produce(new Reading("", 1, 1));

        await host.AppendAsync(device, device.Batch(1, 8));
        await host.AppendAsync(device, device.Batch(5, 11));
        using var hole = await host.SendAsync(new TestDevice(2).Produce(3), new TestDevice(2).Produce(3).Batch(2, 3));

        lock (counts)
        {
            Assert.Equal((2, 1), (counts["edgesync.ingest.writes acknowledged"], counts["edgesync.ingest.writes sequence-hole"]));
            Assert.Equal((10, 1, 4), (counts["edgesync.ingest.readings stored"], counts["edgesync.ingest.readings refused"], counts["edgesync.ingest.readings replayed"]));
            Assert.Equal(17, counts["edgesync.ingest.commit.rows "]);
        }
    }

    private static MeterListener Listen(IngestHost host, Dictionary<string, double> counts)
    {
        // Other hosts of this process have meters of the same name: this host's factory is the scope.
        var meters = host.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == IngestMetrics.MeterName && instrument.Meter.Scope == meters)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        return listener;

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var name = $"{instrument.Name} {(tags.Length > 0 ? tags[0].Value : "")}";
            lock (counts)
            {
                counts[name] = counts.GetValueOrDefault(name) + value;
            }
        }
    }
}
