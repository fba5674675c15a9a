using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>The program's own rules, one of each kind and named like it; docs/alerts.md has them as a table with what to do.</summary>
internal static class BuiltInAlertRules
{
    public static IReadOnlyList<AlertRule> All { get; } =
    [
        new("device-silent", AlertKind.DeviceSilent, AlertSeverity.Warning, 120, ForSeconds: 60),
        new("oldest-unsynced-age", AlertKind.OldestUnsyncedAge, AlertSeverity.Warning, 900, ForSeconds: 60, ClearThreshold: 300),
        new("error-rate", AlertKind.ErrorRate, AlertSeverity.Critical, 10, ForSeconds: 120, ClearThreshold: 5, KeepFiringForSeconds: 60),
        new("conflict-rate", AlertKind.ConflictRate, AlertSeverity.Warning, 30, ForSeconds: 120, ClearThreshold: 10),
        new("dead-letters", AlertKind.DeadLetters, AlertSeverity.Warning, 0, ForSeconds: 60),
        new("certificate-expiring", AlertKind.CertificateExpiring, AlertSeverity.Warning, 7, ForSeconds: 300),
        new("clock-wrong", AlertKind.ClockWrong, AlertSeverity.Warning, 30, ForSeconds: 120, ClearThreshold: 10),
        new("digest-mismatch", AlertKind.DigestMismatch, AlertSeverity.Critical, 0, ForSeconds: 120),
        new("clone-suspected", AlertKind.CloneSuspected, AlertSeverity.Critical, 0),
        new("queue-saturation", AlertKind.QueueSaturation, AlertSeverity.Critical, 80, ForSeconds: 30, ClearThreshold: 50, KeepFiringForSeconds: 60),
        new("database-unavailable", AlertKind.DatabaseUnavailable, AlertSeverity.Critical, 10, ForSeconds: 10),
    ];

    /// <summary>The rule of this name; null for none.</summary>
    public static AlertRule? Find(string name) => All.FirstOrDefault(rule => rule.Name == name);
}
