using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>Configuration as both databases write it.</summary>
internal static class ConfigTexts
{
    public static ConfigEntry Entry(string text) => JsonSerializer.Deserialize(text, ProtocolJson.Default.ConfigEntry)!;

    public static IReadOnlyList<ConfigRulePattern> Patterns(string text) => JsonSerializer.Deserialize(text, ProtocolJson.Default.IReadOnlyListConfigRulePattern)!;
}
