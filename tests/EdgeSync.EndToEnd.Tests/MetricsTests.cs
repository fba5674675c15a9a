using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>Every metric of a running system is in docs/observability.md as it is, and every one that is there exists.</summary>
public sealed class MetricsTests(Site site) : IClassFixture<Site>
{
    // What a fault, an operator's decision or time brings; tests of the services bring it.
    private static readonly string[] NotInEveryRun =
    [
        "edgesync.certificates.issued", // before the listener
        "edgesync.database.failures",
        "edgesync.database.retries",
        "edgesync.devices.quarantined",
        "edgesync.edge.errors",
        "edgesync.gateway.refusals",
        "edgesync.ingest.damaged_ranges",
        "edgesync.ingest.repaired",
        "edgesync.ingest.receipts",
        "edgesync.ingest.verified",
        // By time: the lease is taken, and rules are looked at, when their interval is over.
        "edgesync.alerts.evaluating",
        "edgesync.alerts.evaluation.duration",
        "edgesync.alerts.firing",
        "edgesync.alerts.notifications",
        "edgesync.alerts.transitions",
        // Read every 15 s.
        "edgesync.commands.open",
        "edgesync.commands.open.age",
        "edgesync.config.lag.age",
        "edgesync.config.lag.devices",
        "edgesync.fleet.dead_letters",
        "edgesync.fleet.devices",
        "edgesync.fleet.unsynced.age",
        "edgesync.fleet.unsynced.records",
    ];

    [Fact]
    public async Task The_instruments_of_a_running_system_are_those_of_the_document()
    {
        // Services of other tests in this process have the same instruments: they may only add to what is measured.
        using var metrics = new MeasuredMetrics(meter => meter.Name.StartsWith("EdgeSync.", StringComparison.Ordinal));
        var device = await site.AddDeviceAsync();
        device.Produce(20);
        device.Device.Config.Set("panel.mode", new JsonValue("1"));
        await site.Operators.SetConfigAsync(device, "panel.mode", "2");
        device.Start();
        await device.DrainAsync();
        await device.ListenAsync();
        await site.Operators.EndOfAsync(device, await site.Operators.IssueAsync(device));
        await device.DrainAsync();
        using var missing = await site.OperatorHttp.GetAsync(new Uri("/v1/devices/0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10/commands", UriKind.Relative), TestContext.Current.CancellationToken);
        metrics.Collect();

        Assert.Empty(metrics.Wrong);
        Assert.Equal(MetricsDocument.Rows.Keys.Order(StringComparer.Ordinal), metrics.Published);
        Assert.Equal(MetricsDocument.Rows.Keys.Except(NotInEveryRun).Order(StringComparer.Ordinal), metrics.Measured.Except(NotInEveryRun));
        Assert.Contains(metrics.Of("edgesync.problems"), text => text == "1 code=not-found category=data");
    }

    [Fact]
    public void A_metric_that_differs_from_the_table_is_found()
    {
        using var meter = new System.Diagnostics.Metrics.Meter("Another");
        using var metrics = new MeasuredMetrics(other => ReferenceEquals(other, meter));
        meter.CreateCounter<long>("edgesync.edge.nothing", "{x}");
        meter.CreateCounter<long>("edgesync.edge.batches", "{batch}").Add(1, new("again", "perhaps"), new("device", 7));
        meter.CreateHistogram<double>("edgesync.edge.commands", "s").Record(1, new KeyValuePair<string, object?>("device", 7));

        Assert.Equal(5, metrics.Wrong.Count);
        Assert.Contains("edgesync.edge.nothing has no row.", metrics.Wrong);
        Assert.Contains("edgesync.edge.batches has again=perhaps, which its row does not name.", metrics.Wrong);
        Assert.Contains("edgesync.edge.commands has an attribute device that its row does not name.", metrics.Wrong);
    }
}
