using System.Runtime.CompilerServices;
using System.Text;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>Which rules there are, and which may be.</summary>
public sealed class AlertRulesTests
{
    private static readonly AlertRule Good = new("good", AlertKind.ClockWrong, AlertSeverity.Info, 10);

    [Fact]
    public void Each_kind_has_a_rule_of_its_name_that_is_good()
    {
        Assert.Equal(Enum.GetValues<AlertKind>(), BuiltInAlertRules.All.Select(rule => rule.Kind));
        Assert.Equal(Enum.GetValues<AlertKind>().Select(kind => Words.Of(kind)), BuiltInAlertRules.All.Select(rule => rule.Name));
        Assert.All(BuiltInAlertRules.All, rule => Assert.Empty(AlertRules.Check(rule).All));
    }

    [Fact]
    public void The_table_of_rules_in_the_documents_is_the_one_in_the_code()
    {
        var rows = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "docs", "alerts.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Where(cells => cells.Length > 8 && cells[1].StartsWith('`'));

        Assert.Equal(
            BuiltInAlertRules.All.Select(rule => FormattableString.Invariant(
                $"`{rule.Name}` {Words.Of(rule.Severity)} {(AlertKinds.FiresBelow(rule.Kind) ? "<" : ">")} {rule.Threshold} {AlertKinds.Unit(rule.Kind)} / {rule.ForSeconds} s / {AlertDecision.ClearOf(rule)} {AlertKinds.Unit(rule.Kind)} / {rule.KeepFiringForSeconds} s")),
            rows.Select(cells => $"{cells[1]} {cells[2]} {cells[3]} / {cells[4]} / {cells[5]} / {cells[6]}"));
    }

    public static TheoryData<string, AlertRule> Bad => new()
    {
        { "name", Good with { Name = "" } },
        { "name", Good with { Name = "Über" } },
        { "name", Good with { Name = new string('a', 65) } },
        { "threshold", Good with { Threshold = -1 } },
        { "threshold", Good with { Threshold = double.PositiveInfinity } },
        { "threshold", Good with { Threshold = double.NaN } },
        { "clearThreshold", Good with { ClearThreshold = 11 } },
        { "clearThreshold", Good with { Kind = AlertKind.CertificateExpiring, ClearThreshold = 9 } },
        { "forSeconds", Good with { ForSeconds = -1 } },
        { "keepFiringForSeconds", Good with { KeepFiringForSeconds = 86_401 } },
        { "selector", Good with { Selector = "site=" + new string('a', 2_000) } },
        { "selector", Good with { Kind = AlertKind.QueueSaturation, Selector = "site=north" } },
        { "summary", Good with { Summary = "" } },
        { "summary", Good with { Summary = "two\nlines" } },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void What_a_rule_may_not_be_is_said_of_its_field(string field, AlertRule rule) => Assert.Equal([field], AlertRules.Check(rule).All.Keys);

    [Theory]
    [InlineData("Alerts:Interval", "00:00:00", "Set Alerts:Interval to a value from 00:00:01 to 01:00:00; it is 00:00:00.")]
    [InlineData("Alerts:Lease", "01:59:59", "Set Alerts:Lease to a value from 02:00:00 to 06:00:00; it is 01:59:59.")]
    [InlineData("Alerts:GroupInterval", "02:00:00", "Set Alerts:GroupInterval")]
    [InlineData("Alerts:RepeatInterval", "00:00:01", "Set Alerts:RepeatInterval")]
    [InlineData("Alerts:Retention", "00:00:01", "Set Alerts:Retention")]
    [InlineData("Alerts:KeptMax", "1", "Set Alerts:KeptMax")]
    [InlineData("Alerts:Rules:0:Name", "new", "Set Alerts:Rules:0:Kind, Alerts:Rules:0:Severity and Alerts:Rules:0:Threshold: no rule of the program's own is named 'new'")]
    [InlineData("Alerts:Rules:0:Kind", "loud", "Set Alerts:Rules:0:Kind to one of device-silent, ")]
    [InlineData("Alerts:Rules:0:Severity", "loud", "Set Alerts:Rules:0:Severity to one of info, warning, critical; it is 'loud'.")]
    [InlineData("Alerts:Webhooks:0:Name", "Pager", "Change Alerts:Webhooks:0:Name. A name has 1 to 64")]
    [InlineData("Alerts:Webhooks:0:Url", "http://pager.example/", "Set Alerts:Webhooks:0:Url to an address that begins with https://")]
    [InlineData("Alerts:Webhooks:0:Secret", "short", "Set Alerts:Webhooks:0:Secret to a secret of at least 16 bytes.")]
    [InlineData("Alerts:Webhooks:0:SecretPath", "/nothing/here", "Set Alerts:Webhooks:0:SecretPath to a secret of at least 16 bytes; the file cannot be read")]
    [InlineData("Alerts:Webhooks:0:Severities:0", "loud", "Set Alerts:Webhooks:0:Severities to words of info, warning, critical; one is 'loud'.")]
    public void A_bad_setting_is_told_with_what_to_change(string key, string value, string message)
    {
        var failures = new AlertOptionsValidator().Validate(null, Options((key, value), ("Alerts:Interval", key == "Alerts:Lease" ? "01:00:00" : "00:00:15")));

        Assert.Contains(failures.Failures ?? [], failure => failure.StartsWith(message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_rule_of_the_settings_is_the_programs_own_but_for_what_it_says()
    {
        var options = Options(
            ("Alerts:Rules:0:Name", "device-silent"), ("Alerts:Rules:0:For", "00:10:00"),
            ("Alerts:Rules:1:Name", "oldest-unsynced-age"), ("Alerts:Rules:1:Threshold", "3600"), ("Alerts:Rules:1:Selector", "site=north"),
            ("Alerts:Rules:2:Name", "mast-clock"), ("Alerts:Rules:2:Kind", "clock-wrong"), ("Alerts:Rules:2:Severity", "info"), ("Alerts:Rules:2:Threshold", "2.5"));

        Assert.True(new AlertOptionsValidator().Validate(null, options).Succeeded);
        Assert.Equal(
            [
                new AlertRule("device-silent", AlertKind.DeviceSilent, AlertSeverity.Warning, 120, ForSeconds: 600),
                new AlertRule("oldest-unsynced-age", AlertKind.OldestUnsyncedAge, AlertSeverity.Warning, 3_600, ForSeconds: 60, Selector: "site=north"),
                new AlertRule("mast-clock", AlertKind.ClockWrong, AlertSeverity.Info, 2.5),
            ],
            options.Rules.Select(rule => rule.ToRule()!));
        var book = new AlertRuleBook(Microsoft.Extensions.Options.Options.Create(options));
        Assert.Equal((AlertRuleSource.Configuration, AlertRuleSource.BuiltIn), (book.Find("mast-clock")?.Source, book.Find("dead-letters")?.Source));
    }

    [Fact]
    public void Shares_of_the_fleet_are_added_up_over_the_devices_that_a_selector_names()
    {
        LabelShare[] shares = [new() { Labels = """{"site":"north"}""", Part = 1, Whole = 10 }, new() { Labels = "{}", Part = 3, Whole = 10 }];
        double? Value(AlertKind kind, string? selector = null) => new AlertReadings(
            new Dictionary<AlertKind, IReadOnlyList<DeviceAmount>>(), new Dictionary<AlertKind, IReadOnlyList<LabelShare>> { [kind] = shares })
            .Of(Good with { Kind = kind, Selector = selector }).SingleOrDefault()?.Value;

        Assert.Equal((20, 10, null), (Value(AlertKind.ErrorRate), Value(AlertKind.ErrorRate, "site=north"), Value(AlertKind.ErrorRate, "site=south")));
        Assert.Equal((0.8, 0.2), (Value(AlertKind.ConflictRate), Value(AlertKind.ConflictRate, "site")));
        Assert.Equal(30, Value(AlertKind.QueueSaturation));
    }

    [Fact]
    public void What_is_read_of_the_fleet_is_all_that_some_rule_could_need()
    {
        AlertRule[] rules = [Good, Good with { Threshold = 30, ClearThreshold = 2.5 }, Good with { Kind = AlertKind.CertificateExpiring, Threshold = 7, ClearThreshold = 14 }];

        Assert.Equal(2_500_000, AlertReadingStore.Bound(AlertKind.ClockWrong, rules));
        Assert.Equal(14 * 86_400_000_000, AlertReadingStore.Bound(AlertKind.CertificateExpiring, rules));
    }

    [Fact]
    public void A_notification_is_tried_for_three_quarters_of_an_hour_with_longer_and_longer_waits()
    {
        var id = AlertIds.Of(1, "one");
        var waits = Enumerable.Range(1, NotificationDecision.AttemptsMax).Select(attempts => NotificationDecision.WaitAfter(id, attempts)).ToList();

        Assert.Null(waits[^1]);
        Assert.InRange(waits[0]!.Value, 4_000_000, 5_000_000);
        Assert.All(waits[..^1], wait => Assert.InRange(wait!.Value, 4_000_000, 600_000_000));
        Assert.InRange(waits.Sum(wait => wait ?? 0) / 60e6, 35, 60);
    }

    [Fact]
    public void The_signature_is_the_one_of_the_documents() => Assert.Equal(
        "t=1777636800,v1=e085b64855867c3455bd994fc11eeb4c6c63fe7c97c4a9b221334ce7ab2968fb",
        WebhookSignature.Of(Encoding.UTF8.GetBytes("a secret of many bytes"), DateTimeOffset.FromUnixTimeSeconds(1_777_636_800), """{"id":"1"}"""));

    [Fact]
    public void Ids_sort_by_time_and_the_same_thing_has_the_same()
    {
        Assert.Equal(AlertIds.Of(1_777_636_800_000_000, "a", "b"), AlertIds.Of(1_777_636_800_000_000, "a", "b"));
        Assert.True(string.CompareOrdinal(AlertIds.Of(1_777_636_800_000_000, "z"), AlertIds.Of(1_777_636_800_001_000, "a")) < 0);
        Assert.True(AlertIds.IsId(AlertIds.Of(-1, "before 1970")));
        Assert.False(AlertIds.IsId("0123"));
    }

    private static AlertOptions Options(params (string Key, string Value)[] settings)
    {
        var configuration = new Microsoft.Extensions.Configuration.ConfigurationManager();
        foreach (var (key, value) in settings.Reverse())
        {
            configuration[key] = value;
        }

        var options = new AlertOptions();
        Microsoft.Extensions.Configuration.ConfigurationBinder.Bind(configuration.GetSection(AlertOptions.Section), options);
        return options;
    }

    private static string Here([CallerFilePath] string here = "") => here;
}
