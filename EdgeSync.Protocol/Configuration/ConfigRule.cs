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

    /// <summary>The greater number; a number before anything else, the last writer among equals and where neither is a number.</summary>
    Max,

    /// <summary>The smaller number; a number before anything else, the last writer among equals and where neither is a number.</summary>
    Min,

    /// <summary>The elements of both arrays, each once; an array before anything else, the last writer where neither is an array.</summary>
    Union,

    /// <summary>Members of objects that one side alone has changed against the base are taken from that side, the last writer's where both have.</summary>
    JsonMerge,

    /// <summary>A resolver that the program has registered under the pattern's <see cref="ConfigRulePattern.Resolver"/>; the last writer where it fails.</summary>
    Custom,
}

/// <summary>The rule for keys that match a pattern.</summary>
/// <param name="Pattern">A key, with <c>*</c> for any characters.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Resolver">The name of the resolver, where the rule is <see cref="ConfigRule.Custom"/>.</param>
public sealed record ConfigRulePattern(string Pattern, ConfigRule Rule, string? Resolver = null);

/// <summary>The rules of a fleet; the first pattern that matches decides, and the last writer wins where none does.</summary>
/// <param name="Version">Grows with every change of the rules, 1 or more.</param>
/// <param name="Patterns">In order.</param>
public sealed record ConfigRuleSet(int Version, IReadOnlyList<ConfigRulePattern> Patterns)
{
    /// <summary>The last writer wins everywhere.</summary>
    public static ConfigRuleSet Default { get; } = new(1, []);

    /// <summary>The rule for a key.</summary>
    public ConfigRule RuleFor(string key) => PatternFor(key).Rule;

    /// <summary>The pattern that decides about a key.</summary>
    public ConfigRulePattern PatternFor(string key) =>
        Patterns.FirstOrDefault(pattern => ConfigPatterns.Matches(pattern.Pattern, key)) ?? new ConfigRulePattern("*", ConfigRule.LastWriterWins);
}

/// <summary>Rules to set for the fleet; they hold from the next exchange on.</summary>
/// <param name="Patterns">In order, at most <see cref="Limits.ConfigRulesMax"/>.</param>
/// <param name="ExpectedVersion">The version of the rules that the writer saw; absent to replace whatever is there.</param>
/// <param name="Note">Why, at most 256 characters.</param>
public sealed record ConfigRulesWrite(IReadOnlyList<ConfigRulePattern> Patterns, int? ExpectedVersion = null, string? Note = null);

/// <summary>A version of the fleet's rules.</summary>
/// <param name="Rules">The rules.</param>
/// <param name="SetAt">Microseconds since 1970.</param>
/// <param name="Note">Why.</param>
public sealed record ConfigRulesView(ConfigRuleSet Rules, long SetAt, string? Note = null);
