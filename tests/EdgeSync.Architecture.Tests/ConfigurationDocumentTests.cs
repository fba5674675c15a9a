using System.Text.RegularExpressions;

namespace EdgeSync.Architecture.Tests;

/// <summary>docs/configuration.md is what the services read: every setting once, with the default and the range that the code has.</summary>
public sealed partial class ConfigurationDocumentTests
{
    private static readonly string[] Rooms = ["EdgeSync.Gateway", "EdgeSync.Ingest", "EdgeSync.Commands", "EdgeSync.ServiceDefaults"];

    // Without these a value at the end of its range is wrong beside another one's default.
    private static readonly Dictionary<string, (string Key, string Value)[]> Beside = new(StringComparer.Ordinal)
    {
        ["Alerts:Lease"] = [("Alerts:Interval", "00:00:01")],
        ["Alerts:Interval"] = [("Alerts:Lease", "06:00:00")],
        ["Alerts:Rules:N"] = [("Alerts:Rules:0:Name", "device-silent")],
    };

    public static TheoryData<string> Ranged => [.. SettingRow.All.Where(row => row.HasRange).Select(row => row.Key)];

    public static TheoryData<string> Typed => [.. Setting.All.Where(setting => setting.Type is "integer" or "number" or "time" or "true or false").Select(setting => setting.Key)];

    [Fact]
    public void Every_property_of_every_options_class_has_a_row_with_its_type_and_default() => Assert.Equal(
        Setting.All.Select(setting => setting.ToString()).Order(StringComparer.Ordinal),
        SettingRow.All.Where(row => Setting.Classes.Any(type => row.Key.StartsWith(Setting.SectionOf(type) + ":", StringComparison.Ordinal)))
            .Select(row => new Setting(row.Key, row.Type, row.Default).ToString()).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_section_that_is_bound_has_a_class_that_names_it() => Assert.Equal(
        SourceFile.Product.Where(file => Rooms.Contains(file.Room)).SelectMany(file => Bound().Matches(file.Text)).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal),
        Setting.Classes.Select(type => type.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_key_that_the_code_names_has_a_row() => Rule.Holds(
        from file in SourceFile.Product.Where(file => Rooms.Contains(file.Room) || file.Name == "ControlPlaneSettings.cs")
        from text in file.Strings()
        where KeyName().IsMatch(text) && !text.StartsWith("Logging:", StringComparison.Ordinal) && !text.StartsWith("ReverseProxy:", StringComparison.Ordinal)
        where SettingRow.Find(text.Replace("?", "0", StringComparison.Ordinal)) is null && !SettingRow.IsSection(text)
        select $"{file.Path} names {text}, which docs/configuration.md does not have.");

    [Fact]
    public void A_row_is_the_only_one_of_its_key_and_says_when_a_change_counts() => Rule.Holds(
        SettingRow.All.CountBy(row => row.Key).Where(count => count.Value > 1).Select(count => $"{count.Key} has {count.Value} rows.")
            .Concat(SettingRow.All.Where(row => row.Environment != row.Key.Replace(":", "__", StringComparison.Ordinal)).Select(row => $"{row.Key} is {row.Environment} in the environment."))
            .Concat(SettingRow.All.Where(row => row.Change is not ("restart" or "reload") || row.Meaning.Length == 0 || row.Unit.Length == 0).Select(row => $"{row.Key} does not say everything.")));

    [Fact]
    public void No_other_document_has_a_table_of_settings() => Rule.Holds(
        from document in Document.All.Where(document => document.Path != "docs/configuration.md")
        from line in document.Text.Split('\n')
        where line.StartsWith("| `", StringComparison.Ordinal) && SettingRow.Find(line[3..line.IndexOf('`', 3)]) is not null
        select $"{document.Path} has a row of its own: {line}");

    [Theory]
    [MemberData(nameof(Ranged))]
    public void A_value_beyond_its_range_stops_the_start_with_its_key_and_one_at_the_end_does_not(string key)
    {
        var (good, bad) = SettingRow.All.Single(row => row.Key == key).Edges();

        Assert.All(bad, value => Assert.NotEmpty(FaultsOf(key, value)));
        Assert.All(good, value => Assert.Empty(FaultsOf(key, value)));
    }

    [Theory]
    [MemberData(nameof(Typed))]
    public void What_is_no_value_at_all_stops_the_start_with_its_key(string key) => Assert.NotEmpty(FaultsOf(key, "a few"));

    [Theory]
    [InlineData("Operators:Authority", "http://login.example", "Write an https address")]
    [InlineData("Gateway:ListenAddress", "localhost", "Write an IP address")]
    [InlineData("Alerts:Webhooks:0:Url", "ftp://pager", "an address that begins with https://")]
    [InlineData("Commands:ConfigRules:0:Rule", "newest", "to one of last-writer-wins")]
    [InlineData("Fleet:GatewayPins:0", "sha1/x", "to 'sha256/'")]
    [InlineData("Database:FollowerReads", "perhaps", "to true or false")]
    public void A_fault_says_what_to_write(string key, string value, string advice) => Assert.Contains(FaultsOf(key, value), fault => fault.Contains(advice, StringComparison.Ordinal));

    [Theory]
    [InlineData("Commands:Leese", "'Leese'")]
    [InlineData("Alerts:Rules:0:Treshold", "'Treshold'")]
    public void A_misspelled_key_where_there_are_lists_stops_the_start(string key, string named) =>
        Assert.Contains(StartedSettings.Faults([(key, "1")]), fault => fault.Contains(named, StringComparison.Ordinal));

    [Fact]
    public void A_row_that_differs_would_be_seen()
    {
        var document = new Document("x.md", "| key | environment | type | unit | default | range | change | what it is |\n|---|---|---|---|---|---|---|---|\n| `A:B` | `A__B` | integer | s | 1,000 | 0 or 5 to 7 | restart | x |\n");

        var row = Assert.Single(SettingRow.In(document));

        Assert.Equal(("A:B", "1,000"), (row.Key, row.Default));
        Assert.Equal(("0 5 7", "4 8"), (string.Join(' ', row.Edges().Good), string.Join(' ', row.Edges().Bad)));
        Assert.Equal(["A:B integer 3", "A:C time 00:00:00.25", "A:DPath path -", "A:E:N text -"], Setting.Of("A", typeof(Sample)).Select(setting => $"{setting.Key} {setting.Type} {setting.Default}"));
    }

    private static IEnumerable<string> FaultsOf(string key, string value)
    {
        var beside = Beside.Where(entry => key.StartsWith(entry.Key, StringComparison.Ordinal)).SelectMany(entry => entry.Value);
        var used = key.Replace(":N", ":0", StringComparison.Ordinal);
        var name = new Regex(Regex.Escape(used) + @"(?![\w:])");
        return StartedSettings.Faults([.. beside, (used, value)]).Where(fault => name.IsMatch(fault));
    }

    [GeneratedRegex(@"(?:BindConfiguration|GetSection)\((\w+)\.Section\b")]
    private static partial Regex Bound();

    [GeneratedRegex(@"^([A-Z]\w*(:[\w?]+)+:?|OTEL_[A-Z_]+)$")]
    private static partial Regex KeyName();

    private sealed record Sample
    {
        public int B { get; init; } = 3;

        public TimeSpan C { get; init; } = TimeSpan.FromMilliseconds(250);

        public string DPath { get; init; } = "";

        public IReadOnlyList<string> E { get; init; } = [];

        public int Sum => B;
    }
}
