namespace EdgeSync.Protocol;

/// <summary>What a rule looks at; docs/alerts.md says of each what it means and what to do.</summary>
public enum AlertKind
{
    /// <summary>Seconds since anything came from an active device. Of each device, and only beyond three of its heartbeat intervals.</summary>
    DeviceSilent,

    /// <summary>Seconds since the oldest reading was recorded that waits on a device. Of each device.</summary>
    OldestUnsyncedAge,

    /// <summary>Percent of the devices heard lately that say why they are not syncing. Of the fleet.</summary>
    ErrorRate,

    /// <summary>Configuration conflicts in a minute, over the last five. Of the fleet.</summary>
    ConflictRate,

    /// <summary>Readings set aside on a device. Of each device.</summary>
    DeadLetters,

    /// <summary>Days until a device's newest certificate ends; fires below the threshold, and only in the last quarter of the certificate's life. Of each device.</summary>
    CertificateExpiring,

    /// <summary>Seconds that a device's clock is off, either way. Of each device.</summary>
    ClockWrong,

    /// <summary>Streams whose stored rows do not end in the digest that was acknowledged. Of each device.</summary>
    DigestMismatch,

    /// <summary>1 for a quarantined device: two machines have used its identity. Of each device.</summary>
    CloneSuspected,

    /// <summary>Percent that the fullest queue of Ingest's instances is full. Of the control plane.</summary>
    QueueSaturation,

    /// <summary>Seconds since the database could be used last, as one instance of Commands sees it. Of the control plane.</summary>
    DatabaseUnavailable,
}

/// <summary>How bad it is.</summary>
public enum AlertSeverity
{
    /// <summary>Good to know.</summary>
    Info,

    /// <summary>Look at it today.</summary>
    Warning,

    /// <summary>Look at it now.</summary>
    Critical,
}

/// <summary>When an alert fires and when it is over, in the terms of Prometheus.</summary>
/// <param name="Name">Its identity: 1 to 64 of a-z, 0-9 and hyphens.</param>
/// <param name="Kind">What it looks at, which says the unit of its thresholds.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Threshold">It fires above this value (below it for <see cref="AlertKind.CertificateExpiring"/>), 0 to 1,000,000,000.</param>
/// <param name="ForSeconds">How long the value must be there before the alert fires, 0 to 86,400; until then it is pending.</param>
/// <param name="ClearThreshold">Where it is over: at this value or on its other side; <see cref="Threshold"/> when absent. Between both a firing alert goes on firing.</param>
/// <param name="KeepFiringForSeconds">How long the value must be over before the alert is resolved, 0 to 86,400.</param>
/// <param name="Selector">Only devices with these labels; all of the fleet when absent. Not for kinds of the control plane.</param>
/// <param name="Summary">A sentence for people, at most 256 characters, in which {device}, {value}, {threshold} and {unit} are filled in; the kind's own when absent.</param>
/// <param name="Enabled">Whether it is looked at. Alerts of a rule that is not are over.</param>
public sealed record AlertRule(
    string Name,
    AlertKind Kind,
    AlertSeverity Severity,
    double Threshold,
    int ForSeconds = 0,
    double? ClearThreshold = null,
    int KeepFiringForSeconds = 0,
    string? Selector = null,
    string? Summary = null,
    bool Enabled = true);

/// <summary>An operator's rule under the name in the path; its members are those of <see cref="AlertRule"/>.</summary>
public sealed record AlertRuleWrite(
    AlertKind Kind,
    AlertSeverity Severity,
    double Threshold,
    int ForSeconds = 0,
    double? ClearThreshold = null,
    int KeepFiringForSeconds = 0,
    string? Selector = null,
    string? Summary = null,
    bool Enabled = true)
{
    /// <summary>The rule under a name.</summary>
    public AlertRule Named(string name) => new(name, Kind, Severity, Threshold, ForSeconds, ClearThreshold, KeepFiringForSeconds, Selector, Summary, Enabled);
}

/// <summary>Where a rule comes from; a later one takes the place of one before it with the same name.</summary>
public enum AlertRuleSource
{
    /// <summary>The program's own.</summary>
    BuiltIn,

    /// <summary>The settings of the service, <c>Alerts:Rules</c>.</summary>
    Configuration,

    /// <summary>An operator, through the API.</summary>
    Operator,
}

/// <summary>A rule that holds.</summary>
/// <param name="Rule">The rule, defaults filled in.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Unit">Of its thresholds and values: <c>s</c>, <c>%</c>, <c>1/min</c>, <c>d</c> or <c>1</c>.</param>
/// <param name="UpdatedAt">When an operator set it, microseconds since 1970; absent for one that no operator has set.</param>
public sealed record AlertRuleView(AlertRule Rule, AlertRuleSource Source, string Unit, long? UpdatedAt = null);

/// <summary>The rules that hold, by name.</summary>
public sealed record AlertRulesView(IReadOnlyList<AlertRuleView> Items);
