namespace EdgeSync.Protocol.Tests;

/// <summary>What each rule makes of two concurrent values. The device's is the later one unless a row says otherwise.</summary>
public sealed class ConfigRuleTests
{
    private static readonly string Device = ConfigWriters.Device(new Epoch(1));

    [Theory]
    [InlineData(ConfigRule.LastWriterWins, "1", "2", "2")]
    [InlineData(ConfigRule.LastWriterWins, "1", null, null)]
    [InlineData(ConfigRule.CloudWins, "1", "2", "1")]
    [InlineData(ConfigRule.CloudWins, null, "2", null)]
    [InlineData(ConfigRule.DeviceWins, "1", "2", "2")]
    [InlineData(ConfigRule.Max, "7", "5", "7")]
    [InlineData(ConfigRule.Max, "7", "1e1", "1e1")]
    [InlineData(ConfigRule.Max, "-3", "-4.5", "-3")]
    [InlineData(ConfigRule.Max, "7", "\"9\"", "7")]
    [InlineData(ConfigRule.Max, "7", null, "7")]
    [InlineData(ConfigRule.Max, "true", "[9]", "[9]")]
    [InlineData(ConfigRule.Max, "7", "7.0", "7.0")]
    [InlineData(ConfigRule.Max, "1e999", "-1e999", "1e999")]
    [InlineData(ConfigRule.Min, "7", "5", "5")]
    [InlineData(ConfigRule.Min, "5", "7", "5")]
    [InlineData(ConfigRule.Min, "5", "null-ish", "5")]
    [InlineData(ConfigRule.Min, "0", "-0", "-0")]
    [InlineData(ConfigRule.Min, "5", null, "5")]
    [InlineData(ConfigRule.Union, "[1,2]", "[2,3]", "[1,2,3]")]
    [InlineData(ConfigRule.Union, "[ 1.0 ]", "[1, 10e-1]", "[1]")]
    [InlineData(ConfigRule.Union, "[9007199254740993]", "[9007199254740992]", "[9007199254740992,9007199254740993]")]
    [InlineData(ConfigRule.Union, """[{"a":1,"b":"é"}]""", """[{"b":"\u00e9","a":1.0},"x"]""", """["x",{"a":1,"b":"é"}]""")]
    [InlineData(ConfigRule.Union, "[]", "[]", "[]")]
    [InlineData(ConfigRule.Union, "[1]", "2", "[1]")]
    [InlineData(ConfigRule.Union, "1", "[2]", "[2]")]
    [InlineData(ConfigRule.Union, "[1]", null, "[1]")]
    [InlineData(ConfigRule.Union, "1", "{}", "{}")]
    [InlineData(ConfigRule.Union, """["\ud800"]""", "[1]", "[1]")]
    [InlineData(ConfigRule.JsonMerge, """{"a":1}""", """{"b":2}""", """{"a":1,"b":2}""")]
    [InlineData(ConfigRule.JsonMerge, """{"a":1}""", "2", "2")]
    [InlineData(ConfigRule.JsonMerge, """{"a":1}""", null, null)]
    [InlineData(ConfigRule.JsonMerge, "[1]", "[2]", "[2]")]
    [InlineData(ConfigRule.JsonMerge, """{"a":1,"a":2}""", """{"b":1}""", """{"a":2,"b":1}""")]
    public void A_rule_makes_one_value_of_two(ConfigRule rule, string? cloud, string? device, string? kept)
    {
        var result = Merge(rule, Entry(ConfigWriters.Cloud, cloud, 1), Entry(Device, device, 2));

        Assert.Equal(kept, result.Entry.Value?.Text);
        Assert.Equal(kept, result.Conflict?.Kept?.Text);
        Assert.Null(result.Conflict!.Failure);
    }

    [Theory]
    [InlineData("1.50", "1.5")]
    [InlineData("1E+2", "100")]
    [InlineData("-0.0", "0")]
    [InlineData("0e5", "0")]
    [InlineData("-12.30e1", "-123")]
    [InlineData("0.0012e4", "12")]
    [InlineData("0.000001", "0.000001")]
    [InlineData("0.00000012", "1.2e-7")]
    [InlineData("100000000000000000000", "100000000000000000000")]
    [InlineData("1e21", "1e+21")]
    [InlineData("1.000000000000000000001", "1.000000000000000000001")]
    [InlineData("1e9999999999", "1e9999999999")]
    public void A_number_has_one_text_and_keeps_its_digits(string written, string canonical) =>
        Assert.Equal($"[{canonical}]", Merge(ConfigRule.Union, Entry(ConfigWriters.Cloud, $"[{written}]", 1), Entry(Device, "[]", 2)).Entry.Value?.Text);

    // before | earlier | later | merged
    [Theory]
    [InlineData("""{"a":1,"b":1}""", """{"a":2,"b":1}""", """{"a":1,"b":3}""", """{"a":2,"b":3}""")]
    [InlineData("""{"a":1,"b":1}""", """{"a":1}""", """{"a":5,"b":1}""", """{"a":5}""")]
    [InlineData("""{"a":1,"b":1}""", """{"a":1}""", """{"a":1,"b":2}""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":1}""", """{"a":2}""", """{"a":3}""", """{"a":3}""")]
    [InlineData("""{"a":1}""", """{"a":2}""", """{"a":2.0}""", """{"a":2}""")]
    [InlineData("""{"n":{"x":1,"y":1}}""", """{"n":{"x":2,"y":1}}""", """{"n":{"x":1,"y":2,"z":[1]}}""", """{"n":{"x":2,"y":2,"z":[1]}}""")]
    [InlineData("""{"n":[1]}""", """{"n":[1,2]}""", """{"n":[1,3]}""", """{"n":[1,3]}""")]
    [InlineData("""{"n":{"x":1}}""", """{"n":7}""", """{"n":{"x":1}}""", """{"n":7}""")]
    [InlineData("5", """{"a":1}""", """{"b":1}""", """{"a":1,"b":1}""")]
    [InlineData(null, """{"a":1}""", """{"a":2,"b":1}""", """{"a":2,"b":1}""")]
    public void Members_are_taken_from_the_side_that_changed_them(string? before, string earlier, string later, string merged)
    {
        var common = new ConfigBase(Samples.Vector("old"), Json(before));
        var (cloud, device) = (Entry(ConfigWriters.Cloud, earlier, 1, "old"), Entry(Device, later, 2, "old") with { Base = common });

        var result = Merge(ConfigRule.JsonMerge, cloud, device);

        Assert.Equal(merged, result.Entry.Value?.Text);
        Assert.Equal((ConfigWriters.Merge, new HybridTime(2, 0), 4), (result.Entry.Writer, result.Entry.Time, result.Entry.RuleVersion));
        Assert.Null(result.Entry.Base);
        Assert.Null(result.Entry.Health);
        Assert.Equal(common, result.Conflict!.Winner.Base);
    }

    [Fact]
    public void A_base_that_one_side_has_not_seen_is_no_base()
    {
        var device = Entry(Device, """{"a":1}""", 2) with { Base = new ConfigBase(Samples.Vector("other"), Json("""{"a":1,"b":1}""")) };

        var result = Merge(ConfigRule.JsonMerge, Entry(ConfigWriters.Cloud, """{"a":1,"b":1}""", 1), device);

        Assert.Equal("""{"a":1,"b":1}""", result.Entry.Value?.Text);
    }

    [Theory]
    [InlineData("""["a","b"]""", 1)]
    [InlineData("[]", 0)]
    public void A_condition_stays_with_the_value_that_it_was_written_for(string device, int made)
    {
        var cloud = Entry(ConfigWriters.Cloud, made == 1 ? "[1]" : "1", 1) with { Health = Samples.Health };
        var result = Merge(ConfigRule.Union, cloud, Entry(Device, device, 2));
        var cloudWins = Merge(ConfigRule.CloudWins, cloud, Entry(Device, device, 2));

        Assert.Null(result.Entry.Health);
        Assert.Equal(Samples.Health, cloudWins.Entry.Health);
    }

    [Fact]
    public void A_union_that_no_key_can_hold_leaves_the_later_value_and_says_so()
    {
        string[] halves = [.. new[] { 'a', 'b' }.Select(c => $"[\"{new string(c, (Limits.ConfigValueBytesMax / 2) + 1)}\"]")];

        var result = Merge(ConfigRule.Union, Entry(ConfigWriters.Cloud, halves[0], 1), Entry(Device, halves[1], 2));

        Assert.Equal((halves[1], Device), (result.Entry.Value?.Text, result.Entry.Writer));
        Assert.Contains("at most 8192 bytes", result.Conflict!.Failure, StringComparison.Ordinal);
    }

    public static TheoryData<string, string?, string?, string?> Resolvers => new()
    {
        { "sum", "3", ConfigWriters.Merge, null },
        { "earlier", "1", ConfigWriters.Cloud, null },
        { "later", "2", Device, null },
        { "delete", null, ConfigWriters.Merge, null },
        { "none", "2", Device, "No resolver 'none' is registered." },
        { "throws", "2", Device, "The resolver 'throws' failed: InvalidOperationException: no" },
        { "null", "2", Device, "The value made of both cannot be kept: A configuration value is not null; delete the key instead." },
        { "text", "2", Device, "The value made of both is no JSON that nests at most 32 deep." },
        { "large", "2", Device, "The value made of both cannot be kept: A configuration value has at most 8192 bytes of JSON." },
        { "deep", "2", Device, "The value made of both is no JSON that nests at most 32 deep." },
    };

    private static readonly Dictionary<string, ConfigResolver> Registered = new()
    {
        ["sum"] = static (_, earlier, later, _) => Json($"{int.Parse(earlier!.Value.Text) + int.Parse(later!.Value.Text)}"),
        ["earlier"] = static (_, earlier, _, _) => earlier,
        ["later"] = static (_, _, later, _) => later,
        ["delete"] = static (_, _, _, _) => null,
        ["throws"] = static (_, _, _, _) => throw new InvalidOperationException("no"),
        ["null"] = static (_, _, _, _) => JsonValue.Null,
        ["text"] = static (_, _, _, _) => Json("fast"),
        ["large"] = static (_, _, _, _) => Json($"\"{new string('x', Limits.ConfigValueBytesMax)}\""),
        ["deep"] = static (_, _, _, _) => Json(new string('[', 33) + new string(']', 33)),
    };

    [Theory]
    [MemberData(nameof(Resolvers))]
    public void A_custom_resolver_decides_or_leaves_the_later_value(string name, string? kept, string? writer, string? failure)
    {
        var rules = new ConfigRuleSet(4, [new ConfigRulePattern("a", ConfigRule.Custom, name)]);

        var result = ConfigMerge.Merge(Samples.Device, Entry(Device, "2", 2), Entry(ConfigWriters.Cloud, "1", 1), rules, Registered);

        Assert.Equal((kept, writer), (result.Entry.Value?.Text, result.Entry.Writer));
        Assert.Equal((failure, name, kept), (result.Conflict!.Failure, result.Conflict.Resolver, result.Conflict.Kept?.Text));
        Assert.Equal(name == "earlier" ? ConfigWriters.Cloud : Device, result.Conflict.Winner.Writer);
    }

    [Fact]
    public void A_resolver_is_given_the_key_and_the_base_and_its_operands_in_the_order_of_the_last_writer()
    {
        var seen = new List<string>();
        var rules = new ConfigRuleSet(1, [new ConfigRulePattern("*", ConfigRule.Custom, "r")]);
        var resolvers = new Dictionary<string, ConfigResolver>
        {
            ["r"] = (key, earlier, later, common) =>
            {
                seen.Add($"{key} {earlier} {later} {common}");
                return later;
            },
        };
        var (cloud, device) = (Entry(ConfigWriters.Cloud, "1", 5, "old"), Entry(Device, "2", 2, "old") with { Base = new ConfigBase(Samples.Vector("old"), Json("0")) });

        ConfigMerge.Merge(Samples.Device, cloud, device, rules, resolvers);
        ConfigMerge.Merge(Samples.Device, device, cloud, rules, resolvers);

        Assert.Equal(["a 2 1 0", "a 2 1 0"], seen);
    }

    [Theory]
    [InlineData("limits.*", "limits.speed", true)]
    [InlineData("limits.*", "Limits.speed", false)]
    [InlineData("*.speed", "limits.speed", true)]
    [InlineData("limits", "limits.speed", false)]
    public void A_pattern_matches_letter_by_letter(string pattern, string key, bool matches) => Assert.Equal(matches, ConfigPatterns.Matches(pattern, key));

    [Theory]
    [InlineData("limits.*", true)]
    [InlineData("*", true)]
    [InlineData("", false)]
    [InlineData("a?", false)]
    [InlineData("a b", false)]
    [InlineData(null, false)]
    public void A_pattern_is_a_key_with_stars(string? pattern, bool good) => Assert.Equal(good, ConfigPatterns.Check(pattern) is null);

    private static ConfigMergeResult Merge(ConfigRule rule, ConfigEntry left, ConfigEntry right)
    {
        var rules = new ConfigRuleSet(4, [new ConfigRulePattern("a", rule)]);
        var result = ConfigMerge.Merge(Samples.Device, left, right, rules);
        var mirrored = ConfigMerge.Merge(Samples.Device, right, left, rules);
        Assert.Equal(result, mirrored);
        return result;
    }

    private static ConfigEntry Entry(string writer, string? value, long time, params string[] seen) =>
        new("a", Samples.Vector(seen).Increment(writer), new HybridTime(time, 0), writer, 0, Json(value));

    private static JsonValue? Json(string? text) => text is null ? null : new JsonValue(text);
}
