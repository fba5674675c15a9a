using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>Who is told, as a plan needs it.</summary>
internal sealed record AlertAudience(string Webhook, IReadOnlySet<AlertSeverity> Severities, bool SendResolved)
{
    public bool Hears(AlertRule rule, AlertEvent what) => Severities.Contains(rule.Severity) && (SendResolved || what == AlertEvent.Firing);
}

/// <summary>A notification for one webhook.</summary>
internal sealed record PlannedNotification(string Webhook, AlertNotification Notification);

/// <summary>What a round of evaluation goes by, beside what it reads of the fleet.</summary>
/// <param name="Rules">Those that are looked at.</param>
/// <param name="Unfinished">The alerts that there are.</param>
/// <param name="Groups">When webhooks were told.</param>
/// <param name="Silencing">What is held back.</param>
/// <param name="Pace">How often webhooks are told.</param>
/// <param name="Audience">Who is told.</param>
internal sealed record AlertRound(
    IReadOnlyList<AlertRule> Rules,
    IReadOnlyList<AlertRow> Unfinished,
    IReadOnlyList<AlertGroup> Groups,
    AlertSilencing Silencing,
    AlertPace Pace,
    IReadOnlyList<AlertAudience> Audience);

/// <summary>What one round of evaluation writes and tells. Pure.</summary>
/// <param name="Rows">Alerts that are new or changed.</param>
/// <param name="Dropped">Alerts of which nothing is kept.</param>
/// <param name="Groups">Groups that changed.</param>
/// <param name="Notifications">For webhooks.</param>
/// <param name="Steps">What has become of alerts.</param>
/// <param name="Firing">Alerts that fire after it, by severity.</param>
internal sealed record AlertPlan(
    IReadOnlyList<AlertRow> Rows,
    IReadOnlyList<AlertRow> Dropped,
    IReadOnlyList<AlertGroup> Groups,
    IReadOnlyList<PlannedNotification> Notifications,
    IReadOnlyList<AlertStep> Steps,
    IReadOnlyDictionary<AlertSeverity, int> Firing)
{
    public bool IsEmpty => Rows.Count + Dropped.Count + Groups.Count + Notifications.Count == 0;

    /// <param name="round">What it goes by.</param>
    /// <param name="readings">What was read of the fleet.</param>
    /// <param name="now">Microseconds since 1970.</param>
    /// <param name="salt">Tells apart who plans, where several do for themselves.</param>
    public static AlertPlan Of(AlertRound round, AlertReadings readings, long now, string salt = "")
    {
        var rules = round.Rules.ToDictionary(rule => rule.Name);
        var before = round.Unfinished.ToDictionary(row => row.Id);
        var rows = new Dictionary<string, AlertRow>(before);
        var steps = new List<AlertStep>();
        var open = round.Unfinished.Where(row => row.State != AlertRow.Resolved).ToLookup(row => row.Rule);
        foreach (var name in rules.Keys.Union(open.Select(group => group.Key)))
        {
            foreach (var step in StepsOf(rules.GetValueOrDefault(name), open[name], readings, now, salt))
            {
                steps.Add(step);
                rows[step.Row.Id] = step.Row;
            }
        }

        var dropped = steps.Where(step => step.Transition == AlertTransition.Dropped).Select(step => step.Row).ToList();
        dropped.ForEach(row => rows.Remove(row.Id));
        var (groups, notifications) = (new List<AlertGroup>(), new List<PlannedNotification>());
        var known = round.Groups.ToDictionary(group => group.Rule);
        foreach (var unfinished in rows.Values.GroupBy(row => row.Rule).ToList())
        {
            var group = known.GetValueOrDefault(unfinished.Key) ?? new AlertGroup { Rule = unfinished.Key };
            var told = AlertGrouping.Tell(group, [.. unfinished], round.Silencing, round.Pace, now);
            foreach (var row in told.Rows)
            {
                rows[row.Id] = row;
            }

            if (told.Group != group)
            {
                groups.Add(told.Group);
            }

            var rule = rules.GetValueOrDefault(unfinished.Key) ?? RuleOf(unfinished.First());
            notifications.AddRange(
                from news in told.News
                from audience in round.Audience
                where audience.Hears(rule, news.Event)
                select new PlannedNotification(audience.Webhook, AlertGrouping.Write(rule, news, audience.Webhook, now, salt)));
        }

        return new AlertPlan(
            [.. rows.Values.Where(row => before.GetValueOrDefault(row.Id) != row)],
            dropped,
            groups,
            notifications,
            steps,
            rows.Values.Where(row => row.State == AlertRow.Firing).CountBy(row => Words.Parse<AlertSeverity>(row.Severity)).ToDictionary());
    }

    private static IEnumerable<AlertStep> StepsOf(AlertRule? rule, IEnumerable<AlertRow> open, AlertReadings readings, long now, string salt)
    {
        var seen = rule is null ? [] : readings.Of(rule).ToDictionary(observation => observation.Device);
        var alerts = new Dictionary<DeviceId, AlertRow>();
        foreach (var row in open)
        {
            alerts[row.Device] = row;
        }

        return seen.Keys.Union(alerts.Keys)
            .Select(device => AlertDecision.Next(rule, alerts.GetValueOrDefault(device), seen.GetValueOrDefault(device), now, salt))
            .OfType<AlertStep>();
    }

    // Of a rule that there is no more, as its alerts remember it.
    private static AlertRule RuleOf(AlertRow row) => new(row.Rule, Words.Parse<AlertKind>(row.Kind), Words.Parse<AlertSeverity>(row.Severity), row.Threshold);
}
