using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>When webhooks were last told something of a rule; null for never.</summary>
internal sealed record AlertGroup
{
    public string Rule { get; init; } = "";

    public long? FiringAt { get; init; }

    public long? ResolvedAt { get; init; }
}

/// <summary>How often webhooks are told.</summary>
/// <param name="GroupMicroseconds">From one notification of a rule to the next of its kind: what comes meanwhile is told together.</param>
/// <param name="RepeatMicroseconds">When what still fires is told again.</param>
internal sealed record AlertPace(long GroupMicroseconds, long RepeatMicroseconds);

/// <summary>Something to tell of a rule.</summary>
/// <param name="Event">What.</param>
/// <param name="Rows">Of which alerts.</param>
/// <param name="FiringCount">How many of the rule fire.</param>
/// <param name="Repeated">Whether all of it was told before.</param>
internal sealed record AlertNews(AlertEvent Event, IReadOnlyList<AlertRow> Rows, int FiringCount, bool Repeated = false);

/// <summary>What is told of a rule now, with its alerts and its group after that.</summary>
internal sealed record AlertTold(IReadOnlyList<AlertRow> Rows, AlertGroup Group, IReadOnlyList<AlertNews> News);

/// <summary>One notification for all that a rule has to tell, each alert once, and again only after a long time. Pure.</summary>
internal static class AlertGrouping
{
    /// <param name="group">The rule's.</param>
    /// <param name="rows">All of the rule's alerts that are unfinished.</param>
    /// <param name="silencing">What is held back.</param>
    /// <param name="pace">How often.</param>
    /// <param name="now">Microseconds since 1970.</param>
    public static AlertTold Tell(AlertGroup group, IReadOnlyList<AlertRow> rows, AlertSilencing silencing, AlertPace pace, long now)
    {
        var after = rows.ToDictionary(row => row.Id);
        var news = new List<AlertNews>();
        var firing = rows.Count(row => row.State == AlertRow.Firing);
        var audible = rows.Where(row => row.State == AlertRow.Firing && row.AcknowledgedAt is null && !silencing.Holds(row)).ToLookup(row => row.Notified == AlertRow.Firing);
        var (fresh, told) = (audible[false].ToList(), audible[true].ToList());
        if (fresh.Count > 0 && IsOver(group.FiringAt, pace.GroupMicroseconds, now))
        {
            news.Add(new AlertNews(AlertEvent.Firing, fresh, firing));
            group = group with { FiringAt = now };
            Mark(fresh, AlertRow.Firing);
        }
        else if (told.Count > 0 && IsOver(group.FiringAt, pace.RepeatMicroseconds, now))
        {
            news.Add(new AlertNews(AlertEvent.Firing, told, firing, Repeated: true));
            group = group with { FiringAt = now };
        }

        var over = rows.Where(row => row.State == AlertRow.Resolved && row.Notified == AlertRow.Firing).ToLookup(silencing.Holds);
        Mark(over[true], AlertRow.Resolved);
        var isLast = !after.Values.Any(row => row.State == AlertRow.Firing && row.Notified == AlertRow.Firing);
        if (over[false].ToList() is { Count: > 0 } ended && (isLast || IsOver(group.ResolvedAt, pace.GroupMicroseconds, now)))
        {
            news.Add(new AlertNews(AlertEvent.Resolved, ended, firing));
            group = group with { ResolvedAt = now };
            Mark(ended, AlertRow.Resolved);
        }

        return new AlertTold([.. after.Values], group, news);

        void Mark(IEnumerable<AlertRow> marked, string notified)
        {
            foreach (var row in marked)
            {
                after[row.Id] = row with { Notified = notified };
            }
        }
    }

    /// <summary>What a webhook is told.</summary>
    public static AlertNotification Write(AlertRule rule, AlertNews news, string webhook, long now, string salt = "")
    {
        var alerts = news.Rows.OrderBy(row => row.FiringAt).ThenBy(row => row.Id, StringComparer.Ordinal).Take(Limits.AlertsNamedMax).Select(row => row.ToView(silenced: false)).ToList();
        var (first, others) = (alerts[0].Summary, news.Rows.Count - 1);
        return new AlertNotification(
            AlertIds.Of(now, rule.Name, Words.Of(news.Event), webhook, salt),
            news.Event,
            rule.Name,
            rule.Kind,
            rule.Severity,
            others == 0 ? first : $"{first} And {others} more.",
            news.Rows.Count,
            alerts,
            now,
            news.FiringCount,
            news.Repeated);
    }

    // A clock that was set back delays nothing.
    private static bool IsOver(long? since, long microseconds, long now) => since is not { } at || now - at >= microseconds || now < at;
}
