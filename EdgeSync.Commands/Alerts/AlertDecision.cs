using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>What has become of an alert.</summary>
internal enum AlertTransition
{
    /// <summary>It is pending now.</summary>
    Begun,

    /// <summary>It fires now.</summary>
    Fired,

    /// <summary>Its state is what it was.</summary>
    Updated,

    /// <summary>It was pending and never fired: nothing of it is kept.</summary>
    Dropped,

    /// <summary>It fired and is over.</summary>
    Resolved,
}

/// <summary>A step of an alert, and its row after it.</summary>
internal sealed record AlertStep(AlertTransition Transition, AlertRow Row);

/// <summary>How an alert goes on: pending -> firing -> resolved, with a threshold to begin and one to end, and a time for each. Pure.</summary>
internal static class AlertDecision
{
    // A value that only changes is written down so often.
    private const long RefreshMicroseconds = 60_000_000;

    /// <summary>The next step; null where there is nothing to write.</summary>
    /// <param name="rule">The rule; null when there is none of this name any more, or it is not looked at.</param>
    /// <param name="open">The alert, pending or firing; null for none.</param>
    /// <param name="seen">What the rule sees; null where it is well.</param>
    /// <param name="now">Microseconds since 1970.</param>
    /// <param name="salt">Tells apart who decides, where several do for themselves.</param>
    public static AlertStep? Next(AlertRule? rule, AlertRow? open, AlertObservation? seen, long now, string salt = "")
    {
        if (rule is null)
        {
            return open is null ? null : End(open, now);
        }

        var isBeyond = seen is not null && IsBeyond(rule, seen.Value);
        if (open is null)
        {
            return !isBeyond ? null : Begin(rule, seen!, now, salt);
        }

        if (open.State == AlertRow.Pending)
        {
            return !isBeyond ? End(open, now)
                : now - open.StartedAt >= Microseconds(rule.ForSeconds) ? new AlertStep(AlertTransition.Fired, Fire(open.With(rule, seen!, now), now))
                : Refresh(rule, open, seen!, now);
        }

        if (!IsOver(rule, seen?.Value))
        {
            return open.ClearSince is null ? Refresh(rule, open, seen!, now) : new AlertStep(AlertTransition.Updated, open.With(rule, seen!, now) with { ClearSince = null });
        }

        return now - (open.ClearSince ?? now) >= Microseconds(rule.KeepFiringForSeconds) ? End(open, now)
            : open.ClearSince is null ? new AlertStep(AlertTransition.Updated, open with { ClearSince = now, UpdatedAt = now })
            : null;
    }

    /// <summary>Whether a value is where the alert begins.</summary>
    public static bool IsBeyond(AlertRule rule, double value) => AlertKinds.FiresBelow(rule.Kind) ? value < rule.Threshold : value > rule.Threshold;

    /// <summary>Whether a value is where the alert ends; so is none.</summary>
    public static bool IsOver(AlertRule rule, double? value) =>
        value is not { } there || (AlertKinds.FiresBelow(rule.Kind) ? there >= ClearOf(rule) : there <= ClearOf(rule));

    /// <summary>Where the alert is over.</summary>
    public static double ClearOf(AlertRule rule) => rule.ClearThreshold ?? rule.Threshold;

    private static AlertStep Begin(AlertRule rule, AlertObservation seen, long now, string salt)
    {
        var begun = new AlertRow
        {
            Id = AlertIds.Of(now, rule.Name, seen.Device.ToString(), salt),
            Rule = rule.Name,
            Device = seen.Device,
            StartedAt = now,
        }.With(rule, seen, now);
        return rule.ForSeconds == 0 ? new AlertStep(AlertTransition.Fired, Fire(begun, now)) : new AlertStep(AlertTransition.Begun, begun);
    }

    private static AlertRow Fire(AlertRow row, long now) => row with { State = AlertRow.Firing, FiringAt = now };

    private static AlertStep End(AlertRow open, long now) => open.State == AlertRow.Pending
        ? new AlertStep(AlertTransition.Dropped, open)
        : new AlertStep(AlertTransition.Resolved, open with { State = AlertRow.Resolved, ResolvedAt = now, UpdatedAt = now });

    private static AlertStep? Refresh(AlertRule rule, AlertRow open, AlertObservation seen, long now)
    {
        var isStale = now - open.UpdatedAt >= RefreshMicroseconds && open.Value != seen.Value;
        return isStale || open.Threshold != rule.Threshold || open.Severity != Words.Of(rule.Severity) ? new AlertStep(AlertTransition.Updated, open.With(rule, seen, now)) : null;
    }

    private static long Microseconds(int seconds) => seconds * 1_000_000L;
}
