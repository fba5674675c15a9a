using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>What webhooks are told, and how often.</summary>
public sealed class AlertGroupingTests
{
    private const long Minute = 60_000_000;
    private const long Start = 1_000 * Minute;

    private static readonly AlertRule Rule = new("clocks", AlertKind.ClockWrong, AlertSeverity.Warning, 10);
    private static readonly AlertPace Pace = new(Minute, 240 * Minute);
    private static readonly AlertAudience Pager = new("pager", new HashSet<AlertSeverity> { AlertSeverity.Warning }, true);

    [Fact]
    public void Many_devices_are_one_notification_that_names_the_first_and_counts_all()
    {
        var fleet = new Fleet();

        var told = Assert.Single(fleet.Look(Start, Enumerable.Range(1, 1_000)));

        Assert.Equal((AlertEvent.Firing, 1_000, 1_000, Limits.AlertsNamedMax, false), (told.Event, told.Count, told.FiringCount, told.Alerts.Count, told.Repeated));
        Assert.EndsWith("is off by 11 s. And 999 more.", told.Summary, StringComparison.Ordinal);
        Assert.Empty(fleet.Look(Start + (200 * Minute), Enumerable.Range(1, 1_000)));
    }

    [Fact]
    public void What_comes_within_the_group_interval_is_told_together_after_it()
    {
        var fleet = new Fleet();
        Assert.Equal(1, Assert.Single(fleet.Look(Start, [1])).Count);

        Assert.Empty(fleet.Look(Start + (Minute / 4), [1, 2]));
        Assert.Empty(fleet.Look(Start + (Minute / 2), [1, 2, 3]));
        var told = Assert.Single(fleet.Look(Start + Minute, [1, 2, 3]));

        Assert.Equal((2, 3), (told.Count, told.FiringCount));
    }

    [Fact]
    public void What_goes_on_firing_is_told_again_after_a_long_time_unless_somebody_has_taken_note()
    {
        var fleet = new Fleet();
        fleet.Look(Start, [1, 2]);

        var again = Assert.Single(fleet.Look(Start + (240 * Minute), [1, 2]));
        Assert.Equal((2, true), (again.Count, again.Repeated));
        fleet.Change(row => row with { AcknowledgedAt = Start });
        Assert.Empty(fleet.Look(Start + (480 * Minute), [1, 2]));
        // That it is over is told all the same.
        Assert.Equal(AlertEvent.Resolved, Assert.Single(fleet.Look(Start + (481 * Minute), [])).Event);
    }

    [Fact]
    public void The_last_that_is_over_is_told_at_once_and_those_before_it_together()
    {
        var fleet = new Fleet();
        fleet.Look(Start, [1, 2, 3, 4]);

        Assert.Equal(1, Assert.Single(fleet.Look(Start + 1, [1, 2, 3])).Count);
        Assert.Empty(fleet.Look(Start + 2, [1, 2]));
        var last = Assert.Single(fleet.Look(Start + 3, []));

        Assert.Equal((AlertEvent.Resolved, 3, 0), (last.Event, last.Count, last.FiringCount));
        Assert.Empty(fleet.Rows);
    }

    [Fact]
    public void One_that_was_over_before_anybody_was_told_is_told_by_nobody()
    {
        var fleet = new Fleet();
        fleet.Look(Start, [1]);

        Assert.Empty(fleet.Look(Start + 1, [1, 2]));
        Assert.Empty(fleet.Look(Start + 2, [1]));
        Assert.Empty(fleet.Look(Start + Minute, [1]));
    }

    [Fact]
    public void A_silence_holds_back_until_it_ends_and_what_is_over_by_then_is_not_told()
    {
        var fleet = new Fleet { Silences = [new CreateAlertSilence(Start + (10 * Minute), "works", Selector: "site=north")] };

        Assert.Equal(1, Assert.Single(fleet.Look(Start, [1, 2, 3], labels: id => id < 3 ? """{"site":"north"}""" : "{}")).Count);
        fleet.Look(Start + (2 * Minute), [2, 3]);
        var told = Assert.Single(fleet.Look(Start + (10 * Minute), [2, 3]));

        Assert.Equal((1, 2), (told.Count, told.FiringCount));
    }

    [Theory]
    [InlineData("clocks", null, null, true)]
    [InlineData("other", null, null, false)]
    [InlineData(null, 1, null, true)]
    [InlineData(null, 2, null, false)]
    [InlineData(null, null, "site=north", true)]
    [InlineData(null, null, "site=south", false)]
    [InlineData("clocks", 1, "site=north", true)]
    [InlineData("clocks", 2, "site=north", false)]
    public void Everything_that_a_silence_names_must_be_so(string? rule, int? device, string? selector, bool holds)
    {
        var row = new AlertRow { Rule = "clocks", Device = Device(1), Labels = """{"site":"north"}""" };
        var silence = new CreateAlertSilence(Start, "works", rule, device is { } id ? Device(id) : null, selector);

        Assert.Equal(holds, new AlertSilencing([silence], Start - 1).Holds(row));
        Assert.False(new AlertSilencing([silence], Start).Holds(row));
    }

    [Theory]
    [InlineData(AlertSeverity.Warning, AlertEvent.Firing, true, true)]
    [InlineData(AlertSeverity.Critical, AlertEvent.Firing, true, false)]
    [InlineData(AlertSeverity.Warning, AlertEvent.Resolved, true, true)]
    [InlineData(AlertSeverity.Warning, AlertEvent.Resolved, false, false)]
    public void A_webhook_hears_of_its_severities_and_of_ends_if_it_likes(AlertSeverity severity, AlertEvent what, bool sendResolved, bool hears) =>
        Assert.Equal(hears, (Pager with { SendResolved = sendResolved }).Hears(Rule with { Severity = severity }, what));

    [Fact]
    public void A_rule_that_is_gone_ends_its_alerts_and_its_webhooks_are_told()
    {
        var fleet = new Fleet();
        fleet.Look(Start, [1]);

        var told = Assert.Single(fleet.Look(Start + 1, [1], rules: []));

        Assert.Equal((AlertEvent.Resolved, "clocks", AlertSeverity.Warning), (told.Event, told.Rule, told.Severity));
    }

    private static DeviceId Device(int id) => new(new Guid(id, 0, 0, new byte[8]));

    /// <summary>Round after round over what the one before left.</summary>
    private sealed class Fleet
    {
        private Dictionary<string, AlertGroup> _groups = [];

        public List<AlertRow> Rows { get; private set; } = [];

        public CreateAlertSilence[] Silences { get; init; } = [];

        public void Change(Func<AlertRow, AlertRow> change) => Rows = [.. Rows.Select(change)];

        public IReadOnlyList<AlertNotification> Look(long now, IEnumerable<int> wrong, Func<int, string>? labels = null, AlertRule[]? rules = null)
        {
            var amounts = wrong.Select(id => new DeviceAmount { Device = Device(id), Name = $"d{id}", Labels = labels?.Invoke(id) ?? LabelsOf(id), Amount = 11_000_000 }).ToList();
            var readings = new AlertReadings(new Dictionary<AlertKind, IReadOnlyList<DeviceAmount>> { [AlertKind.ClockWrong] = amounts }, new Dictionary<AlertKind, IReadOnlyList<LabelShare>>());
            var plan = AlertPlan.Of(new AlertRound(rules ?? [Rule], Rows, [.. _groups.Values], new AlertSilencing(Silences, now), Pace, [Pager]), readings, now);
            var rows = Rows.ToDictionary(row => row.Id);
            foreach (var row in plan.Rows)
            {
                rows[row.Id] = row;
            }

            Rows = [.. rows.Values.Where(row => row.IsUnfinished)];
            plan.Groups.ToList().ForEach(group => _groups[group.Rule] = group);
            // The same round over what it left writes and tells nothing more.
            Assert.True(AlertPlan.Of(new AlertRound(rules ?? [Rule], Rows, [.. _groups.Values], new AlertSilencing(Silences, now), Pace, [Pager]), readings, now).IsEmpty);
            return [.. plan.Notifications.Select(planned => planned.Notification)];
        }

        private string LabelsOf(int id) => Rows.Find(row => row.Device == Device(id))?.Labels ?? "{}";
    }
}
