using System.Diagnostics.Metrics;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>How the fleet stands, as last read. Every instance says the same of the whole fleet: take the greatest of them, never their sum.</summary>
internal sealed class FleetMetrics
{
    public const string MeterName = "EdgeSync.Fleet";

    private readonly TimeProvider _time;
    private readonly ObservableGauge<long> _devices;
    private readonly LastRead<IReadOnlyList<FleetTotals>> _shown;

    public FleetMetrics(IMeterFactory meters, TimeProvider time)
    {
        (_time, _shown) = (time, new LastRead<IReadOnlyList<FleetTotals>>(FleetTotalsWatch.Interval, time));
        var meter = meters.Create(MeterName);
        _devices = meter.CreateObservableGauge("edgesync.fleet.devices", () => Of(totals => totals.Devices), "{device}", "Devices that have sent a heartbeat, by how they stand.");
        meter.CreateObservableGauge("edgesync.fleet.unsynced.records", () => Of(totals => totals.PendingRecords), "{record}", "Entries that devices hold and the control plane has not acknowledged.");
        meter.CreateObservableGauge("edgesync.fleet.unsynced.age", Ages, "s", "Age of the oldest of them.");
        meter.CreateObservableGauge("edgesync.fleet.dead_letters", () => Of(totals => totals.DeadLetters), "{reading}", "Readings that devices have set aside.");
    }

    /// <summary>Whether anyone would see it.</summary>
    public bool IsCollected => _devices.Enabled;

    /// <summary>Shows it until the next time.</summary>
    /// <param name="totals">A state each; those that no device is in may be missing.</param>
    /// <param name="at">When it was read, microseconds since 1970.</param>
    public void Show(IReadOnlyCollection<FleetTotals> totals, long at) =>
        _shown.Set([.. FleetTotals.States.Select(state => totals.FirstOrDefault(of => of.State == state) ?? new FleetTotals { State = state })], at);

    private IEnumerable<Measurement<long>> Of(Func<FleetTotals, long> value) => Current().Select(totals => new Measurement<long>(value(totals), Tag(totals)));

    private IEnumerable<Measurement<double>> Ages()
    {
        var now = _time.GetMicroseconds();
        return Current().Select(totals => new Measurement<double>(totals.OldestPendingAt is { } oldest ? Math.Max(0, now - oldest) / 1e6 : 0, Tag(totals)));
    }

    private IReadOnlyList<FleetTotals> Current() => _shown.Value ?? [];

    private static KeyValuePair<string, object?> Tag(FleetTotals totals) => new("state", totals.State);
}
