using System.Globalization;
using System.Text.Json;

namespace EdgeSync.Protocol;

/// <summary>What a rule makes of two concurrent entries: one of them, or a value of its own. Pure.</summary>
/// <param name="Winner">The entry that is kept; null where a value was made.</param>
/// <param name="Made">The value that was made; null for a deletion.</param>
/// <param name="Failure">Why the rule could not do what it says, so that the last writer won.</param>
internal sealed record ConfigVerdict(ConfigEntry? Winner, JsonValue? Made = null, string? Failure = null)
{
    /// <summary>Applies a rule to two entries in the order of the last writer.</summary>
    public static ConfigVerdict Of(
        ConfigRulePattern pattern, ConfigEntry earlier, ConfigEntry later, ConfigBase? common, IReadOnlyDictionary<string, ConfigResolver>? resolvers) => pattern.Rule switch
        {
            ConfigRule.CloudWins => Prefer(earlier, later, entry => ConfigWriters.IsDevice(entry.Writer) ? 0 : 1),
            ConfigRule.DeviceWins => Prefer(earlier, later, entry => ConfigWriters.IsDevice(entry.Writer) ? 1 : 0),
            ConfigRule.Max => Prefer(earlier, later, entry => Number(entry.Value) ?? double.NaN),
            ConfigRule.Min => Prefer(earlier, later, entry => -Number(entry.Value) ?? double.NaN),
            ConfigRule.Union => Union(earlier, later),
            ConfigRule.JsonMerge => Merge(earlier, later, common),
            ConfigRule.Custom => Ask(pattern, earlier, later, common, resolvers),
            _ => new ConfigVerdict(later),
        };

    // NaN, which no JSON number is, comes before every number in this order.
    private static ConfigVerdict Prefer(ConfigEntry earlier, ConfigEntry later, Func<ConfigEntry, double> rank) =>
        new(rank(earlier).CompareTo(rank(later)) > 0 ? earlier : later);

    private static double? Number(JsonValue? value) => CanonicalJson.Read(value) is { ValueKind: JsonValueKind.Number } number
        ? double.Parse(number.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture)
        : null;

    private static ConfigVerdict Union(ConfigEntry earlier, ConfigEntry later) => (Array(earlier.Value), Array(later.Value)) switch
    {
        ({ } left, { } right) => Make($"[{string.Join(',', left.Union(right).Order(StringComparer.Ordinal))}]", later),
        ({ }, null) => new ConfigVerdict(earlier),
        _ => new ConfigVerdict(later),
    };

    private static List<string>? Array(JsonValue? value) =>
        CanonicalJson.Read(value) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray().Select(CanonicalJson.Of)] : null;

    private static ConfigVerdict Merge(ConfigEntry earlier, ConfigEntry later, ConfigBase? common) =>
        CanonicalJson.Read(earlier.Value) is { ValueKind: JsonValueKind.Object } left && CanonicalJson.Read(later.Value) is { ValueKind: JsonValueKind.Object } right
            ? Make(Merge(CanonicalJson.Read(common?.Value), left, right)!, later)
            : new ConfigVerdict(later);

    // Null for a member that is not there: who has removed it has changed it.
    private static string? Merge(JsonElement? common, JsonElement? earlier, JsonElement? later)
    {
        var (before, first, last) = (Text(common), Text(earlier), Text(later));
        if (first == last || first == before)
        {
            return last;
        }

        return last == before ? first
            : earlier is { ValueKind: JsonValueKind.Object } left && later is { ValueKind: JsonValueKind.Object } right ? MergeMembers(common, left, right)
            : last;
    }

    private static string MergeMembers(JsonElement? common, JsonElement earlier, JsonElement later)
    {
        var before = common is { ValueKind: JsonValueKind.Object } known ? CanonicalJson.Members(known) : [];
        var (first, last) = (CanonicalJson.Members(earlier), CanonicalJson.Members(later));
        return CanonicalJson.Object(
            from name in first.Keys.Union(last.Keys).Order(StringComparer.Ordinal)
            let text = Merge(Member(before, name), Member(first, name), Member(last, name))
            where text is not null
            select (name, text));
    }

    private static JsonElement? Member(SortedDictionary<string, JsonElement> members, string name) => members.TryGetValue(name, out var member) ? member : null;

    private static string? Text(JsonElement? element) => element is { } known ? CanonicalJson.Of(known) : null;

#pragma warning disable CA1031 // A resolver is the program's code: what it throws is its own, and the key still needs a value.
    private static ConfigVerdict Ask(
        ConfigRulePattern pattern, ConfigEntry earlier, ConfigEntry later, ConfigBase? common, IReadOnlyDictionary<string, ConfigResolver>? resolvers)
    {
        if (pattern.Resolver is null || resolvers?.GetValueOrDefault(pattern.Resolver) is not { } resolver)
        {
            return new ConfigVerdict(later, null, $"No resolver '{pattern.Resolver}' is registered.");
        }

        JsonValue? made;
        try
        {
            made = resolver(later.Key, earlier.Value, later.Value, common?.Value);
        }
        catch (Exception e)
        {
            return new ConfigVerdict(later, null, $"The resolver '{pattern.Resolver}' failed: {e.GetType().Name}: {e.Message}");
        }

        return made == later.Value ? new ConfigVerdict(later)
            : made == earlier.Value ? new ConfigVerdict(earlier)
            : made is null ? new ConfigVerdict(Winner: null)
            : Make(made.Value.ToString(), later);
    }
#pragma warning restore CA1031

    private static ConfigVerdict Make(string text, ConfigEntry later) =>
        !JsonText.IsValid(text, Limits.PayloadDepthMax) ? new ConfigVerdict(later, null, $"The value made of both is no JSON that nests at most {Limits.PayloadDepthMax} deep.")
        : ConfigEntryRules.CheckValue(new JsonValue(text)) is { } wrong ? new ConfigVerdict(later, null, $"The value made of both cannot be kept: {wrong}")
        : new ConfigVerdict(null, new JsonValue(text));
}
