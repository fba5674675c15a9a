namespace EdgeSync.Protocol;

/// <summary>How far an alert is.</summary>
public enum AlertState
{
    /// <summary>The value is beyond the threshold, and not yet for long enough. One that does not come to fire is forgotten.</summary>
    Pending,

    /// <summary>It has been for long enough.</summary>
    Firing,

    /// <summary>It was firing, and is over.</summary>
    Resolved,
}

/// <summary>An alert: a rule that a device, or the fleet as a whole, has run into.</summary>
/// <param name="Id">Its identity, 32 hexadecimal digits; later ones are greater.</param>
/// <param name="Rule">The rule's name.</param>
/// <param name="Kind">What it looks at.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="State">How far it is.</param>
/// <param name="Summary">What is wrong, a sentence for people.</param>
/// <param name="Value">The value when it was last written down: at each change of state, and once a minute.</param>
/// <param name="Threshold">The rule's threshold.</param>
/// <param name="Unit">Of both.</param>
/// <param name="StartedAt">When the value was first seen beyond the threshold, microseconds since 1970.</param>
/// <param name="Device">The device; null where the rule is of the fleet or the control plane.</param>
/// <param name="DeviceName">Its name for people.</param>
/// <param name="FiringAt">When it fired.</param>
/// <param name="ResolvedAt">When it was over.</param>
/// <param name="AcknowledgedAt">When an operator took note of it.</param>
/// <param name="AcknowledgedNote">What that operator said.</param>
/// <param name="Silenced">Whether a silence holds its notifications back now.</param>
public sealed record AlertView(
    string Id,
    string Rule,
    AlertKind Kind,
    AlertSeverity Severity,
    AlertState State,
    string Summary,
    double Value,
    double Threshold,
    string Unit,
    long StartedAt,
    DeviceId? Device = null,
    string? DeviceName = null,
    long? FiringAt = null,
    long? ResolvedAt = null,
    long? AcknowledgedAt = null,
    string? AcknowledgedNote = null,
    bool Silenced = false);

/// <summary>An operator takes note of an alert: it is not told again while it fires.</summary>
/// <param name="Note">For people, at most 256 characters.</param>
public sealed record AcknowledgeAlert(string Note);

/// <summary>Holds notifications back for a time. What is named must all be so; at least one is.</summary>
/// <param name="Until">Until when, microseconds since 1970; in the future, and at most a year ahead.</param>
/// <param name="Note">Why, for people, at most 256 characters.</param>
/// <param name="Rule">Only alerts of this rule.</param>
/// <param name="Device">Only alerts of this device.</param>
/// <param name="Selector">Only alerts of devices with these labels.</param>
public sealed record CreateAlertSilence(long Until, string Note, string? Rule = null, DeviceId? Device = null, string? Selector = null);

/// <summary>A silence.</summary>
/// <param name="Id">Its identity, 32 hexadecimal digits.</param>
/// <param name="Silence">What was asked for.</param>
/// <param name="CreatedAt">Microseconds since 1970.</param>
public sealed record AlertSilenceView(string Id, CreateAlertSilence Silence, long CreatedAt);

/// <summary>What a notification tells.</summary>
public enum AlertEvent
{
    /// <summary>Alerts of a rule fire, or still do.</summary>
    Firing,

    /// <summary>Alerts that were told of are over.</summary>
    Resolved,
}

/// <summary>The body of a notification as a webhook gets it: all that one rule has to tell at once.</summary>
/// <param name="Id">The same for every attempt, as the header <see cref="Headers.Notification"/> has it.</param>
/// <param name="Event">What it tells.</param>
/// <param name="Rule">The rule's name.</param>
/// <param name="Kind">What it looks at.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Summary">A sentence for people about all of them.</param>
/// <param name="Count">Alerts that it tells of.</param>
/// <param name="Alerts">The first <see cref="Limits.AlertsNamedMax"/> of them.</param>
/// <param name="At">When it was written, microseconds since 1970.</param>
/// <param name="FiringCount">Alerts of the rule that fire now, those told of before included.</param>
/// <param name="Repeated">Whether they were told of before and still fire.</param>
public sealed record AlertNotification(
    string Id,
    AlertEvent Event,
    string Rule,
    AlertKind Kind,
    AlertSeverity Severity,
    string Summary,
    int Count,
    IReadOnlyList<AlertView> Alerts,
    long At,
    int FiringCount,
    bool Repeated = false);

/// <summary>How far a notification is.</summary>
public enum NotificationState
{
    /// <summary>It is tried, and again after a while.</summary>
    Waiting,

    /// <summary>The webhook has taken it.</summary>
    Sent,

    /// <summary>It was tried as often as it is; an operator may have it tried again.</summary>
    Dead,
}

/// <summary>A notification to one webhook.</summary>
/// <param name="Id">Its identity, 32 hexadecimal digits; later ones are greater.</param>
/// <param name="Webhook">The webhook's name in the settings.</param>
/// <param name="Rule">The rule's name.</param>
/// <param name="Event">What it tells.</param>
/// <param name="State">How far it is.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="CreatedAt">Microseconds since 1970.</param>
/// <param name="Body">What is sent, an <see cref="AlertNotification"/>.</param>
/// <param name="NextAttemptAt">When it is tried again, while it waits.</param>
/// <param name="SentAt">When the webhook took it.</param>
/// <param name="LastError">Why the last attempt failed.</param>
public sealed record AlertNotificationView(
    string Id,
    string Webhook,
    string Rule,
    AlertEvent Event,
    NotificationState State,
    int Attempts,
    long CreatedAt,
    JsonValue Body,
    long? NextAttemptAt = null,
    long? SentAt = null,
    string? LastError = null);
