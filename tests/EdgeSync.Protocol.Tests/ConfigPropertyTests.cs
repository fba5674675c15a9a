using CsCheck;

namespace EdgeSync.Protocol.Tests;

/// <summary>What the rules promise, over random entries of several writers.</summary>
public sealed class ConfigPropertyTests
{
    private static readonly string[] Values =
        ["1", "1.0", "2", "-3e1", "\"a\"", "true", "[]", "[1,2]", "[2,3,{\"x\":1}]", "[3.0]", "{}", "{\"a\":1}", "{\"a\":2,\"b\":1}", "{\"b\":{\"c\":1}}", "{\"b\":{\"c\":2,\"d\":[1]}}"];

    private static readonly Dictionary<string, ConfigResolver> Resolvers = new()
    {
        ["longer"] = static (_, earlier, later, _) => earlier?.Text.Length > (later?.Text.Length ?? 0) ? earlier : later,
        ["pair"] = static (_, earlier, later, _) => new JsonValue($"[{earlier ?? JsonValue.Null},{later ?? JsonValue.Null}]"),
        ["fails"] = static (_, earlier, _, _) => throw new InvalidOperationException($"{earlier}"),
    };

    private static readonly string[] Names = ["longer", "pair", "fails", "missing"];

    private static readonly Gen<ConfigRuleSet> AnyRules = Gen.Select(Gen.Enum<ConfigRule>(), Gen.Int[0, Names.Length - 1]).Select(
        (rule, name) => new ConfigRuleSet(3, [new ConfigRulePattern("*", rule, rule == ConfigRule.Custom ? Names[name] : null)]));

    private static readonly Gen<JsonValue?> AnyValue = Gen.Int[-1, Values.Length - 1].Select(i => i < 0 ? (JsonValue?)null : new JsonValue(Values[i]));

    // Two values of the base, so that json-merge has one now and then; the writer's own count makes entries of different writers concurrent.
    private static Gen<ConfigEntry> WrittenBy(string writer) => Gen.Select(AnyValue, Gen.Long[1, 3], Gen.Int[0, 1], Gen.Int[0, 2], (value, wall, logical, known) => new ConfigEntry(
        "a",
        Samples.Vector("start").Increment(writer),
        new HybridTime(wall, logical),
        writer,
        0,
        value,
        known == 0 ? null : new ConfigBase(Samples.Vector("start"), new JsonValue(known == 1 ? "{\"a\":1,\"b\":{\"c\":1}}" : "[1]"))));

    private static readonly Gen<ConfigEntry> ByCloud = WrittenBy(ConfigWriters.Cloud);
    private static readonly Gen<ConfigEntry> ByDevice = WrittenBy(ConfigWriters.Device(new Epoch(1)));
    private static readonly Gen<ConfigEntry> ByEarlierDevice = WrittenBy(ConfigWriters.Device(new Epoch(2)));

    [Fact]
    public void Every_rule_is_commutative_and_idempotent() => Gen.Select(ByCloud, ByDevice, AnyRules).Sample(
        (a, b, rules) =>
        {
            var merged = Merge(a, b, rules);

            Assert.Equal(merged, Merge(b, a, rules));
            Assert.Equal(merged.Entry, Merge(merged.Entry, merged.Entry, rules).Entry);
            Assert.Equal(merged.Entry, Merge(merged.Entry, a, rules).Entry);
            Assert.Equal(merged.Entry, Merge(b, merged.Entry, rules).Entry);
        },
        iter: 20_000);

    [Fact]
    public void Every_rule_but_json_merge_and_custom_is_associative_over_concurrent_writes() => Gen.Select(ByCloud, ByDevice, ByEarlierDevice, AnyRules).Sample(
        (a, b, c, rules) =>
        {
            if (rules.RuleFor("a") is ConfigRule.JsonMerge or ConfigRule.Custom)
            {
                return;
            }

            var expected = Merge(Merge(a, b, rules).Entry, c, rules).Entry;
            Assert.Equal(expected, Merge(a, Merge(b, c, rules).Entry, rules).Entry);
            Assert.Equal(expected, Merge(Merge(a, c, rules).Entry, b, rules).Entry);
        },
        iter: 20_000);

    [Fact]
    public void Concurrent_writes_are_one_conflict_that_holds_both_and_what_was_kept() => Gen.Select(ByCloud, ByDevice, AnyRules).Sample(
        (a, b, rules) =>
        {
            var (entry, conflict) = Merge(a, b, rules);

            Assert.NotNull(conflict);
            Assert.Equal([a, b], new[] { conflict.Winner, conflict.Loser }.OrderBy(side => side.Writer, StringComparer.Ordinal));
            Assert.Equal((conflict.Kept, a.Vector.Join(b.Vector)), (entry.Value, entry.Vector));
            Assert.True(entry.Writer == ConfigWriters.Merge || entry.Value == conflict.Winner.Value);
            Assert.True(entry.Value is null || ConfigEntryRules.CheckValue(entry.Value.Value) is null);
        },
        iter: 20_000);

    [Fact]
    public void Who_has_seen_the_other_is_in_no_conflict_with_it() => Gen.Select(ByCloud, ByDevice, AnyValue, AnyRules).Sample(
        (a, b, value, rules) =>
        {
            var merged = Merge(a, b, rules).Entry;
            var after = merged with { Vector = merged.Vector.Increment(ConfigWriters.Cloud), Value = value };

            Assert.Equal(new ConfigMergeResult(after, null), Merge(merged, after, rules));
            Assert.Equal(new ConfigMergeResult(after, null), Merge(after, a, rules));
        },
        iter: 20_000);

    // A log is replayed from its two entries alone.
    [Fact]
    public void What_a_log_holds_is_enough_to_decide_again() => Gen.Select(ByCloud, ByDevice, AnyRules, AnyRules).Sample(
        (a, b, rules, others) =>
        {
            var logged = Merge(a, b, rules).Conflict!;

            Assert.Equal(logged, Merge(logged.Winner, logged.Loser, rules).Conflict);
            Assert.Equal(Merge(a, b, others), Merge(logged.Loser, logged.Winner, others));
        },
        iter: 20_000);

    private static ConfigMergeResult Merge(ConfigEntry left, ConfigEntry right, ConfigRuleSet rules) => ConfigMerge.Merge(Samples.Device, left, right, rules, Resolvers);
}
