using System.Security.Cryptography;
using System.Text;

namespace EdgeSync.Protocol;

/// <summary>What two copies of a key become.</summary>
/// <param name="Entry">The entry that both sides keep; it has no base.</param>
/// <param name="Conflict">The conflict that was resolved; null where one copy includes the other.</param>
public sealed record ConfigMergeResult(ConfigEntry Entry, ConfigConflict? Conflict);

/// <summary>Two concurrent writes of a key and how they were resolved.</summary>
/// <param name="Id">A hash of device, key and both vectors: whoever sees the conflict first gives it the same name.</param>
/// <param name="Winner">The entry whose value was kept; of a value that was made of both, the later entry.</param>
/// <param name="Loser">The other entry.</param>
/// <param name="Rule">The rule that decided.</param>
/// <param name="RuleVersion">Its rule set.</param>
/// <param name="Kept">The value that was kept; null for a deletion.</param>
/// <param name="Resolver">The custom resolver that was to decide, where the rule is <see cref="ConfigRule.Custom"/>.</param>
/// <param name="Failure">Why the rule could not do what it says, so that the last writer won; null when it could.</param>
public sealed record ConfigConflict(
    string Id, ConfigEntry Winner, ConfigEntry Loser, ConfigRule Rule, int RuleVersion, JsonValue? Kept, string? Resolver = null, string? Failure = null);

/// <summary>Resolution of concurrent writes: pure, and the same whatever the order. The control plane resolves, so that every conflict is logged once; devices send what they wrote.</summary>
public static class ConfigMerge
{
    /// <summary>Merges two copies of one key of one device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="left">One copy, with its base where it is known.</param>
    /// <param name="right">The other.</param>
    /// <param name="rules">The rules to merge by.</param>
    /// <param name="resolvers">Custom resolvers by name; the last writer wins where one is missing.</param>
    public static ConfigMergeResult Merge(
        DeviceId device, ConfigEntry left, ConfigEntry right, ConfigRuleSet rules, IReadOnlyDictionary<string, ConfigResolver>? resolvers = null)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(rules);
        return left.Vector.CompareTo(right.Vector) switch
        {
            VectorOrder.Before => Keep(right),
            VectorOrder.After => Keep(left),
            VectorOrder.Equal => Keep(SameWrites(left, right)),
            _ => Resolve(device, left, right, rules, resolvers),
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

    private static ConfigMergeResult Keep(ConfigEntry entry) => new(entry with { Base = null }, null);

    private static ConfigMergeResult Resolve(
        DeviceId device, ConfigEntry left, ConfigEntry right, ConfigRuleSet rules, IReadOnlyDictionary<string, ConfigResolver>? resolvers)
    {
        var pattern = rules.PatternFor(left.Key);
        var (earlier, later) = CompareWriters(left, right) > 0 ? (right, left) : (left, right);
        var verdict = ConfigVerdict.Of(pattern, earlier, later, CommonBase(left, right), resolvers);
        var vector = left.Vector.Join(right.Vector);
        var entry = verdict.Winner is { } kept
            ? kept with { Vector = vector, RuleVersion = rules.Version, Base = null }
            : new ConfigEntry(left.Key, vector, later.Time, ConfigWriters.Merge, rules.Version, verdict.Made);
        var winner = verdict.Winner ?? later;
        return new ConfigMergeResult(entry, new ConfigConflict(
            ConflictId(device, left.Key, left.Vector, right.Vector),
            winner,
            ReferenceEquals(winner, earlier) ? later : earlier,
            pattern.Rule,
            rules.Version,
            entry.Value,
            pattern.Resolver,
            verdict.Failure));
    }

    // What only one side has seen is common to nobody.
    private static ConfigBase? CommonBase(ConfigEntry left, ConfigEntry right)
    {
        var (first, second) = (Seen(left.Base), Seen(right.Base));
        return first is null || second is null ? first ?? second : ConfigBase.Greater(first, second);

        ConfigBase? Seen(ConfigBase? known) =>
            known is not null && known.Vector.CompareTo(left.Vector) is VectorOrder.Before or VectorOrder.Equal && known.Vector.CompareTo(right.Vector) is VectorOrder.Before or VectorOrder.Equal
                ? known
                : null;
    }

    // Two writes that are the same in all this differ in their vectors, since they are concurrent.
    private static int CompareWriters(ConfigEntry left, ConfigEntry right)
    {
        var order = left.Time.CompareTo(right.Time);
        order = order != 0 ? order : string.CompareOrdinal(left.Writer, right.Writer);
        order = order != 0 ? order : CompareTexts(left, right);
        return order != 0 ? order : string.CompareOrdinal(left.Vector.ToString(), right.Vector.ToString());
    }

    // Two merges of the same writes can differ only by the rules they were made under, and by what their sides knew meanwhile.
    private static ConfigEntry SameWrites(ConfigEntry left, ConfigEntry right)
    {
        var order = left.RuleVersion.CompareTo(right.RuleVersion);
        order = order != 0 ? order : CompareTexts(left, right);
        return (order != 0 ? order : CompareWriters(left, right)) >= 0 ? left : right;
    }

    private static int CompareTexts(ConfigEntry left, ConfigEntry right) => string.CompareOrdinal(left.Value?.Text, right.Value?.Text);
}
