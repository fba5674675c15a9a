using System.Security.Cryptography;
using System.Text;

namespace EdgeSync.Protocol;

/// <summary>What two copies of a key become.</summary>
/// <param name="Entry">The entry that both sides keep.</param>
/// <param name="Conflict">The conflict that was resolved; null where one copy includes the other.</param>
public sealed record ConfigMergeResult(ConfigEntry Entry, ConfigConflict? Conflict);

/// <summary>Two concurrent writes of a key and how they were resolved.</summary>
/// <param name="Id">A hash of device, key and both vectors: whoever sees the conflict first gives it the same name.</param>
/// <param name="Winner">The entry whose value was kept.</param>
/// <param name="Loser">The entry whose value was not.</param>
/// <param name="Rule">The rule that decided.</param>
/// <param name="RuleVersion">Its rule set.</param>
public sealed record ConfigConflict(string Id, ConfigEntry Winner, ConfigEntry Loser, ConfigRule Rule, int RuleVersion);

/// <summary>Resolution of concurrent writes: pure, and the same whatever the order. The control plane resolves, so that every conflict is logged once; devices send what they wrote.</summary>
public static class ConfigMerge
{
    /// <summary>Merges two copies of one key of one device.</summary>
    public static ConfigMergeResult Merge(DeviceId device, ConfigEntry left, ConfigEntry right, ConfigRuleSet rules)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(rules);
        return left.Vector.CompareTo(right.Vector) switch
        {
            VectorOrder.Before => new ConfigMergeResult(right, null),
            VectorOrder.After => new ConfigMergeResult(left, null),
            VectorOrder.Equal => new ConfigMergeResult(SameWrites(left, right), null),
            _ => Resolve(device, left, right, rules),
        };
    }

    /// <summary>A conflict's name.</summary>
    public static string ConflictId(DeviceId device, string key, VersionVector left, VersionVector right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        var (first, second) = (left.ToString(), right.ToString());
        if (string.CompareOrdinal(first, second) > 0)
        {
            (first, second) = (second, first);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{device}\n{key}\n{first}\n{second}")).AsSpan(0, 16));
    }

    private static ConfigMergeResult Resolve(DeviceId device, ConfigEntry left, ConfigEntry right, ConfigRuleSet rules)
    {
        var rule = rules.RuleFor(left.Key);
        var (winner, loser) = LeftWins(left, right, rule) ? (left, right) : (right, left);
        var entry = winner with { Vector = left.Vector.Join(right.Vector), RuleVersion = rules.Version };
        return new ConfigMergeResult(entry, new ConfigConflict(
            ConflictId(device, left.Key, left.Vector, right.Vector), winner, loser, rule, rules.Version));
    }

    private static bool LeftWins(ConfigEntry left, ConfigEntry right, ConfigRule rule)
    {
        var leftIsDevice = ConfigWriters.IsDevice(left.Writer);
        return rule != ConfigRule.LastWriterWins && leftIsDevice != ConfigWriters.IsDevice(right.Writer)
            ? leftIsDevice == (rule == ConfigRule.DeviceWins)
            : IsLater(left, right);
    }

    private static bool IsLater(ConfigEntry left, ConfigEntry right)
    {
        var order = left.Time.CompareTo(right.Time);
        order = order != 0 ? order : string.CompareOrdinal(left.Writer, right.Writer);
        return (order != 0 ? order : CompareBytes(left, right)) >= 0;
    }

    // Two merges of the same writes can differ only by the rules they were made under.
    private static ConfigEntry SameWrites(ConfigEntry left, ConfigEntry right)
    {
        var order = left.RuleVersion.CompareTo(right.RuleVersion);
        return (order != 0 ? order : CompareBytes(left, right)) >= 0 ? left : right;
    }

    private static int CompareBytes(ConfigEntry left, ConfigEntry right) => string.CompareOrdinal(left.Value?.Text, right.Value?.Text);
}
