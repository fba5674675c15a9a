using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What the device makes of an entry that the control plane answers. Pure.</summary>
internal static class ConfigDecision
{
    /// <summary>
    /// Whether the device keeps its own entry and sends it: the control plane's does not include it. It is sent as it is, because the control plane merges and logs the conflict.
    /// </summary>
    public static bool KeepsOwn(ConfigEntry? ours, ConfigEntry theirs) =>
        ours is not null && !IsReserved(theirs.Key) && theirs.Vector.CompareTo(ours.Vector) is VectorOrder.Before or VectorOrder.Concurrent;

    /// <summary>
    /// Whether a write of this device was counted in a file that has gone back in time: the control plane knows a write of this device that the file does not, or another one with the same count.
    /// What it has may include the count then, and not the write.
    /// </summary>
    /// <param name="ours">The device's write.</param>
    /// <param name="theirs">What the control plane has.</param>
    /// <param name="own">What the file knows of the device's other writes. A rule may have kept an earlier one against this very write, which is counted beside it.</param>
    public static bool IsOfOlderFile(ConfigEntry ours, ConfigEntry theirs, OwnWrites own)
    {
        var isUnknown = theirs.Vector.Writers.Any(writer => ConfigWriters.IsDevice(writer) && theirs.Vector[writer] > Math.Max(ours.Vector[writer], own.Known[writer]));
        var isAnother = theirs.Writer == ours.Writer && theirs.Vector[ours.Writer] == ours.Vector[ours.Writer] && theirs.Value != ours.Value
            && (theirs.RuleVersion == 0 || theirs.Time > own.Before);
        return ConfigWriters.IsDevice(ours.Writer) && (isUnknown || isAnother);
    }

    /// <summary>
    /// The device's entry with the base that it has in common with the control plane since an answer: what was sent, once the answer includes it, or the answer itself where the device's own includes that.
    /// </summary>
    public static ConfigEntry Rebase(ConfigEntry ours, ConfigEntry? sent, ConfigEntry theirs)
    {
        var common = ours.Base;
        if (theirs.Vector.CompareTo(ours.Vector) == VectorOrder.Before)
        {
            common = Greater(common, theirs);
        }

        if (sent is not null && sent.Vector.CompareTo(ours.Vector) == VectorOrder.Before && sent.Vector.CompareTo(theirs.Vector) is VectorOrder.Before or VectorOrder.Equal)
        {
            common = Greater(common, sent);
        }

        return ours with { Base = common };
    }

    /// <summary>
    /// What the control plane will make of the device's entry and its own; null where the device cannot tell (it lacks the resolver), or the entries are no conflict. A value with a condition is
    /// left to the answer, with which its probation begins.
    /// </summary>
    public static ConfigEntry? Foresee(
        ConfigEntry ours, ConfigEntry theirs, ConfigRuleSet rules, IReadOnlyDictionary<string, ConfigResolver> resolvers, long serverTime)
    {
        // The device is of no matter here: it is part of the conflict's name alone.
        var (entry, conflict) = ConfigMerge.Merge(default, ours with { Time = ours.Time.Bounded(serverTime) }, theirs, rules, resolvers);
        return conflict is null or { Rule: ConfigRule.Custom, Failure: not null } || entry.Health is not null ? null : entry;
    }

    private static ConfigBase Greater(ConfigBase? common, ConfigEntry entry)
    {
        var candidate = new ConfigBase(entry.Vector, entry.Value);
        return common is null ? candidate : ConfigBase.Greater(common, candidate);
    }

    public static bool IsReserved(string key) => key.StartsWith(ConfigWriters.ReservedPrefix, StringComparison.Ordinal);
}
