using System.IO.Enumeration;

namespace EdgeSync.Protocol;

/// <summary>How concurrent writes of a key are resolved.</summary>
public enum ConfigRule
{
    /// <summary>The later <see cref="HybridTime"/>; the greater writer id where they are equal.</summary>
    LastWriterWins,

    /// <summary>The control plane's; the last writer among equals.</summary>
    CloudWins,

    /// <summary>The device's; the last writer among equals.</summary>
    DeviceWins,
}

/// <summary>The rule for keys that match a pattern.</summary>
/// <param name="Pattern">A key, with <c>*</c> for any characters.</param>
/// <param name="Rule">The rule.</param>
public sealed record ConfigRulePattern(string Pattern, ConfigRule Rule);

/// <summary>The rules of a fleet; the first pattern that matches decides, and the last writer wins where none does.</summary>
/// <param name="Version">Grows with every change of the rules, 1 or more.</param>
/// <param name="Patterns">In order.</param>
public sealed record ConfigRuleSet(int Version, IReadOnlyList<ConfigRulePattern> Patterns)
{
    /// <summary>The last writer wins everywhere.</summary>
    public static ConfigRuleSet Default { get; } = new(1, []);

    /// <summary>The rule for a key.</summary>
    public ConfigRule RuleFor(string key) =>
        Patterns.FirstOrDefault(pattern => FileSystemName.MatchesSimpleExpression(pattern.Pattern, key, ignoreCase: false))?.Rule
        ?? ConfigRule.LastWriterWins;
}
