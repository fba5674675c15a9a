using CsCheck;

namespace EdgeSync.Protocol.Tests;

public sealed class ConfigMergeTests
{
    private const string Cloud = ConfigWriters.Cloud;
    private static readonly string Device = ConfigWriters.Device(new Epoch(1));

    private static readonly Gen<ConfigRuleSet> AnyRules = Gen.Enum<ConfigRule>().Select(rule => new ConfigRuleSet(1, [new ConfigRulePattern("*", rule)]));

    // A history: writes on either side, and now and then one side takes what the other has.
    private static readonly Gen<List<(bool OnDevice, bool Exchange, int Value, long Clock)>> AnyHistory =
        Gen.Select(Gen.Bool, Gen.Int[0, 3], Gen.Int[0, 3], Gen.Long[1, 5], (onDevice, exchange, value, clock) => (onDevice, exchange == 0, value, clock)).List[1, 30];

    [Fact]
    public void Both_sides_converge_whatever_the_history() => Gen.Select(AnyHistory, AnyRules).Sample((history, rules) =>
    {
        var (cloud, device) = Play(history, rules, out _);

        var atCloud = Merge(cloud, device, rules);
        var atDevice = Merge(device, cloud, rules);
        Assert.Equal(atCloud, atDevice);
    }, iter: 2_000);

    [Fact]
    public void No_write_disappears_without_a_conflict_and_no_conflict_is_logged_where_none_was() => Gen.Select(AnyHistory, AnyRules).Sample((history, rules) =>
    {
        var (cloud, device) = Play(history, rules, out var conflicts);
        var last = ConfigMerge.Merge(Samples.Device, cloud, device, rules);

        Assert.Equal(cloud.Vector.CompareTo(device.Vector) == VectorOrder.Concurrent, last.Conflict is not null);
        Assert.Equal(conflicts.Count, conflicts.Select(conflict => conflict.Id).Distinct().Count());
        Assert.All(conflicts, conflict => Assert.Equal(VectorOrder.Concurrent, conflict.Winner.Vector.CompareTo(conflict.Loser.Vector)));
    }, iter: 2_000);

    [Theory]
    [InlineData(ConfigRule.LastWriterWins, 5, 4, Cloud)]
    [InlineData(ConfigRule.LastWriterWins, 4, 5, "device")]
    [InlineData(ConfigRule.CloudWins, 4, 5, Cloud)]
    [InlineData(ConfigRule.DeviceWins, 5, 4, "device")]
    public void The_rule_decides_concurrent_writes(ConfigRule rule, long cloudTime, long deviceTime, string winner)
    {
        var cloud = Write(null, Cloud, "1", cloudTime);
        var device = Write(null, Device, "2", deviceTime);

        var result = ConfigMerge.Merge(Samples.Device, cloud, device, new ConfigRuleSet(3, [new ConfigRulePattern("sampling.*", rule)]));

        Assert.Equal(winner == Cloud ? "1" : "2", result.Entry.Value?.Text);
        Assert.Equal(3, result.Entry.RuleVersion);
        Assert.Equal(rule, result.Conflict?.Rule);
    }

    [Fact]
    public void A_conflict_has_the_same_name_whoever_sees_it()
    {
        var (left, right) = (Samples.Vector(Cloud), Samples.Vector(Device));

        Assert.Equal(ConfigMerge.ConflictId(Samples.Device, "a", left, right), ConfigMerge.ConflictId(Samples.Device, "a", right, left));
        Assert.NotEqual(ConfigMerge.ConflictId(Samples.Device, "a", left, right), ConfigMerge.ConflictId(Samples.Device, "b", left, right));
    }

    [Fact]
    public void Of_equal_vectors_the_higher_rule_version_wins_then_the_larger_text()
    {
        var entry = Write(null, Cloud, "1", 1);

        Assert.Equal("2", Merge(entry, entry with { Value = new JsonValue("2") }, ConfigRuleSet.Default).Value?.Text);
        Assert.Equal("1", Merge(entry with { RuleVersion = 2 }, entry with { Value = new JsonValue("2"), RuleVersion = 1 }, ConfigRuleSet.Default).Value?.Text);
    }

    [Fact]
    public void A_clock_far_ahead_is_pulled_back()
    {
        var bounded = new HybridTime(Samples.Time * 2, 7).Bounded(Samples.Time);

        Assert.Equal(Samples.Time + 60_000_000, bounded.Wall);
        Assert.Equal(new HybridTime(Samples.Time, 7), new HybridTime(Samples.Time, 7).Bounded(Samples.Time));
    }

    [Theory]
    [InlineData("sampling.interval", true)]
    [InlineData("a", true)]
    [InlineData("a-b_c.D9", true)]
    [InlineData("", false)]
    [InlineData(".a", false)]
    [InlineData("a..b", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("ä", false)]
    public void Keys_are_dot_paths(string key, bool good) => Assert.Equal(good, ConfigEntryRules.CheckKey(key) is null);

    private static (ConfigEntry Cloud, ConfigEntry Device) Play(
        List<(bool OnDevice, bool Exchange, int Value, long Clock)> history, ConfigRuleSet rules, out List<ConfigConflict> conflicts)
    {
        conflicts = [];
        var start = Write(null, Cloud, "0", 0);
        var (cloud, device) = (start, start);
        foreach (var step in history)
        {
            if (step.Exchange)
            {
                var result = ConfigMerge.Merge(Samples.Device, cloud, device, rules);
                conflicts.AddRange(result.Conflict is { } conflict ? [conflict] : []);
                (cloud, device) = step.OnDevice ? (cloud, result.Entry) : (result.Entry, device);
                if (result.Conflict is not null)
                {
                    // Who resolves a conflict tells the other: only so is it seen once.
                    (cloud, device) = (result.Entry, result.Entry);
                }
            }
            else if (step.OnDevice)
            {
                device = Write(device, Device, $"{step.Value}", step.Clock);
            }
            else
            {
                cloud = Write(cloud, Cloud, $"{step.Value}", step.Clock);
            }
        }

        return (cloud, device);
    }

    private static ConfigEntry Merge(ConfigEntry left, ConfigEntry right, ConfigRuleSet rules) => ConfigMerge.Merge(Samples.Device, left, right, rules).Entry;

    private static ConfigEntry Write(ConfigEntry? before, string writer, string value, long clock) => new(
        "sampling.interval", (before?.Vector ?? VersionVector.Empty).Increment(writer), HybridTime.Next(before?.Time ?? default, clock), writer, 0, new JsonValue(value));
}
