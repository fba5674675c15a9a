using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>What the control plane keeps of a key, given what it has and what was written. Pure.</summary>
internal static class ConfigDecision
{
    /// <summary>Takes a device's entry. The clock is the latest time given or seen in the document.</summary>
    public static ConfigMergeResult Take(
        DeviceId device, ConfigEntry? stored, ConfigEntry sent, ConfigRuleSet rules, HybridTime clock, long now, IReadOnlyDictionary<string, ConfigResolver>? resolvers = null)
    {
        var bounded = sent with { Time = sent.Time.Bounded(now) };
        return IsReserved(sent.Key) ? new ConfigMergeResult(Refuse(stored, bounded, clock, now), null)
            : stored is null ? new ConfigMergeResult(bounded with { Base = null }, null)
            : ConfigMerge.Merge(device, stored, bounded, rules, resolvers);
    }

    /// <summary>An operator's write; no value deletes.</summary>
    public static ConfigEntry Write(ConfigEntry? stored, string key, JsonValue? value, HybridTime clock, long now, ConfigHealth? health = null) =>
        new(key, (stored?.Vector ?? VersionVector.Empty).Increment(ConfigWriters.Cloud), HybridTime.Next(clock, now), ConfigWriters.Cloud, 0, value, Health: health);

    public static bool IsReserved(string key) => key.StartsWith(ConfigWriters.ReservedPrefix, StringComparison.Ordinal);

    // The cloud writes its own value (or a deletion) again, after the device's write: the vector includes that write, so the device takes the entry and has
    // nothing left to send. It is stored too; otherwise the next operator's write of the key would look older than what the device holds.
    private static ConfigEntry Refuse(ConfigEntry? stored, ConfigEntry sent, HybridTime clock, long now)
    {
        if (stored is not null && stored.Vector.CompareTo(sent.Vector) is VectorOrder.After or VectorOrder.Equal)
        {
            return stored!;
        }

        var both = (stored?.Vector ?? VersionVector.Empty).Join(sent.Vector);
        return Write(stored is null ? null : stored with { Vector = both }, sent.Key, stored?.Value, clock, now) with { Vector = both.Increment(ConfigWriters.Cloud) };
    }
}
