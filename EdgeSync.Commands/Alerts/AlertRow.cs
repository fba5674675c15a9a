using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>A row of <c>alerts</c>, with its device's name and labels.</summary>
internal sealed record AlertRow
{
    public const string Columns = """
        a.alert_id AS Id, a.rule AS Rule, a.kind AS Kind, a.severity AS Severity, a.device_id AS Device, a.state AS State, a.summary AS Summary, a.value AS Value,
        a.threshold AS Threshold, a.unit AS Unit, a.started_at AS StartedAt, a.firing_at AS FiringAt, a.clear_since AS ClearSince, a.resolved_at AS ResolvedAt,
        a.acknowledged_at AS AcknowledgedAt, a.acknowledged_note AS AcknowledgedNote, a.notified AS Notified, a.updated_at AS UpdatedAt, d.name AS Name, d.labels AS Labels
        """;

    public const string Pending = "pending";
    public const string Firing = "firing";
    public const string Resolved = "resolved";

    public string Id { get; init; } = "";

    public string Rule { get; init; } = "";

    public string Kind { get; init; } = "";

    public string Severity { get; init; } = "";

    /// <summary>The empty id for the fleet.</summary>
    public DeviceId Device { get; init; }

    public string State { get; init; } = Pending;

    public string Summary { get; init; } = "";

    public double Value { get; init; }

    public double Threshold { get; init; }

    public string Unit { get; init; } = "";

    public long StartedAt { get; init; }

    public long? FiringAt { get; init; }

    public long? ClearSince { get; init; }

    public long? ResolvedAt { get; init; }

    public long? AcknowledgedAt { get; init; }

    public string? AcknowledgedNote { get; init; }

    /// <summary>What webhooks were told of it last: nothing, <see cref="Firing"/> or <see cref="Resolved"/>.</summary>
    public string Notified { get; init; } = "";

    public long UpdatedAt { get; init; }

    public string? Name { get; init; }

    public string? Labels { get; init; }

    /// <summary>It is not over, or somebody who was told of it was not told that it is.</summary>
    public bool IsUnfinished => State != Resolved || Notified == Firing;

    /// <summary>The row as a rule and a value make it at a time.</summary>
    public AlertRow With(AlertRule rule, AlertObservation seen, long now) => this with
    {
        Kind = Words.Of(rule.Kind),
        Severity = Words.Of(rule.Severity),
        Value = seen.Value,
        Threshold = rule.Threshold,
        Unit = AlertKinds.Unit(rule.Kind),
        Name = seen.Name ?? Name,
        Labels = seen.Labels ?? Labels,
        Summary = SummaryOf(rule, seen),
        UpdatedAt = now,
    };

    public AlertView ToView(bool silenced) => new(
        Id,
        Rule,
        Words.Parse<AlertKind>(Kind),
        Words.Parse<AlertSeverity>(Severity),
        Words.Parse<AlertState>(State),
        Summary,
        Value,
        Threshold,
        Unit,
        StartedAt,
        Device == default ? null : Device,
        Name,
        FiringAt,
        ResolvedAt,
        AcknowledgedAt,
        AcknowledgedNote,
        silenced);

    private static string SummaryOf(AlertRule rule, AlertObservation seen) => (rule.Summary ?? AlertKinds.Summary(rule.Kind))
        .Replace("{value}", Text(seen.Value), StringComparison.Ordinal)
        .Replace("{threshold}", Text(rule.Threshold), StringComparison.Ordinal)
        .Replace("{unit}", AlertKinds.Unit(rule.Kind), StringComparison.Ordinal)
        // The name last: what is in it is nobody's placeholder.
        .Replace("{device}", seen.Name ?? "the fleet", StringComparison.Ordinal);

    private static string Text(double value) => Math.Round(value, Math.Abs(value) < 100 ? 1 : 0).ToString(CultureInfo.InvariantCulture);
}
