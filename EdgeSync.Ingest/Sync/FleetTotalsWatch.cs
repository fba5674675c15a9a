using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>Reads how the fleet stands for those who collect metrics: one query an interval, and none where nobody does.</summary>
internal sealed class FleetTotalsWatch(FleetTotalsStore store, FleetMetrics metrics, TimeProvider time, ILogger<FleetTotalsWatch> log)
    : PeriodicWork(Interval, "How the fleet stands could not be read", time, log)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    /// <summary>One query.</summary>
    public async Task ReadAsync(CancellationToken ct)
    {
        var now = Time.GetMicroseconds();
        metrics.Show(await store.ReadAsync(now, ct), now);
    }

    protected override Task RoundAsync(CancellationToken ct) => metrics.IsCollected ? ReadAsync(ct) : Task.CompletedTask;
}
