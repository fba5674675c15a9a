using System.Diagnostics.Metrics;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>What alerts count, on the meter of this service. Rules are few, so their names may be attributes; devices are not.</summary>
internal sealed class AlertMetrics
{
    private readonly Counter<long> _transitions;
    private readonly Counter<long> _notifications;
    private readonly Histogram<double> _evaluationSeconds;
    private volatile IReadOnlyDictionary<AlertSeverity, int> _firing = new Dictionary<AlertSeverity, int>();
    private volatile bool _evaluates;

    public AlertMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(CommandsMetrics.MeterName);
        _transitions = meter.CreateCounter<long>("edgesync.alerts.transitions", "{alert}", "Alerts that fired or were resolved, by rule and severity");
        _notifications = meter.CreateCounter<long>("edgesync.alerts.notifications", "{notification}", "Attempts to tell a webhook, by how they went");
        _evaluationSeconds = meter.CreateHistogram<double>("edgesync.alerts.evaluation.duration", "s", "From the beginning of a look at all rules to its commit");
        meter.CreateObservableGauge("edgesync.alerts.firing", Firing, "{alert}", "Alerts that fire, by severity; told by the instance that evaluates");
        meter.CreateObservableGauge("edgesync.alerts.evaluating", () => _evaluates ? 1 : 0, "{instance}", "1 for the instance that evaluates alerts");
    }

    public void Evaluated(TimeSpan duration, IReadOnlyDictionary<AlertSeverity, int> firing)
    {
        _evaluationSeconds.Record(duration.TotalSeconds);
        (_firing, _evaluates) = (firing, true);
    }

    /// <summary>Another instance does it.</summary>
    public void Rested() => _evaluates = false;

    public void Stepped(AlertRow row) => _transitions.Add(
        1, new KeyValuePair<string, object?>("rule", row.Rule), new KeyValuePair<string, object?>("severity", row.Severity), new KeyValuePair<string, object?>("state", row.State));

    public void Tried(string webhook, string outcome) =>
        _notifications.Add(1, new KeyValuePair<string, object?>("webhook", webhook), new KeyValuePair<string, object?>("outcome", outcome));

    private IEnumerable<Measurement<int>> Firing() => !_evaluates ? []
        : Enum.GetValues<AlertSeverity>().Select(severity => new Measurement<int>(_firing.GetValueOrDefault(severity), new KeyValuePair<string, object?>("severity", Words.Of(severity))));
}
