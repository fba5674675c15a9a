using System.Diagnostics.Metrics;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What is on its way to devices, as last counted. Every instance says the same of the whole fleet: take the greatest of them, never their sum.</summary>
internal sealed class IntentMetrics
{
    public const string MeterName = "EdgeSync.Intents";

    private readonly TimeProvider _time;
    private readonly ObservableGauge<long> _open;
    private readonly LastRead<IntentTotals> _shown;

    public IntentMetrics(IMeterFactory meters, TimeProvider time)
    {
        (_time, _shown) = (time, new LastRead<IntentTotals>(IntentWatch.Interval, time));
        var meter = meters.Create(MeterName);
        _open = meter.CreateObservableGauge("edgesync.commands.open", () => Commands().Select(of => new Measurement<long>(of.Commands, Tag(of))), "{command}", "Commands without an end, by state.");
        meter.CreateObservableGauge("edgesync.commands.open.age", () => Commands().Select(of => new Measurement<double>(Age(of.OldestAt), Tag(of))), "s", "Age of the oldest of them.");
        meter.CreateObservableGauge("edgesync.config.lag.devices", () => Config().Select(lag => new Measurement<long>(lag.Devices)), "{device}", "Devices that were not told of the newest version of their configuration.");
        meter.CreateObservableGauge("edgesync.config.lag.age", () => Config().Select(lag => new Measurement<double>(Age(lag.OldestAt))), "s", "Age of the oldest change that a device was not told of.");
    }

    /// <summary>Whether anyone would see it.</summary>
    public bool IsCollected => _open.Enabled;

    /// <summary>Shows it until the next time.</summary>
    /// <param name="totals">What was counted.</param>
    /// <param name="at">When, microseconds since 1970.</param>
    public void Show(IntentTotals totals, long at) => _shown.Set(totals, at);

    private IEnumerable<OpenCommands> Commands() => _shown.Value is { } totals
        ? OpenCommands.States.Select(state => totals.Commands.FirstOrDefault(of => of.State == state) ?? new OpenCommands { State = state })
        : [];

    private IEnumerable<ConfigLag> Config() => _shown.Value is { } totals ? [totals.Config] : [];

    private double Age(long? oldestAt) => oldestAt is { } at ? Math.Max(0, _time.GetMicroseconds() - at) / 1e6 : 0;

    private static KeyValuePair<string, object?> Tag(OpenCommands of) => new("state", of.State);
}
