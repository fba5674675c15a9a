using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What makes a set of rules, and what an operator does about conflicts, acceptable.</summary>
internal static class ConflictRules
{
    public const int NoteCharsMax = 256;

    public static FieldErrors Check(ConfigRulesWrite write, ConfigResolvers resolvers)
    {
        var errors = new FieldErrors();
        Check(write.Patterns, resolvers, errors);
        errors.Add("expectedVersion", write.ExpectedVersion is null or >= 0 ? null : "An expected version is 0 or more.");
        errors.Add("note", CheckNote(write.Note));
        return errors;
    }

    public static FieldErrors Check(ConflictReplay replay, ConfigResolvers resolvers)
    {
        var errors = new FieldErrors();
        Check(replay.Patterns, resolvers, errors);
        errors.Add("key", replay.Key is null ? null : ConfigPatterns.Check(replay.Key));
        errors.Add("after", replay.After is null || ConflictCursor.TryParse(replay.After, out _) ? null : ConflictCursor.Form);
        return errors;
    }

    public static FieldErrors Check(ResolveConflict resolve)
    {
        var errors = new FieldErrors();
        errors.Add("pick", resolve.Pick is null != resolve.Value is null ? null : "Decide by a pick or by a value, and not by both.");
        errors.Add("value", resolve.Value is { } value ? ConfigEntryRules.CheckValue(value) : null);
        errors.Add("expectedVersion", resolve.ExpectedVersion is null or >= 0 ? null : "An expected version is 0 or more.");
        errors.Add("note", CheckNote(resolve.Note));
        return errors;
    }

    private static void Check(IReadOnlyList<ConfigRulePattern> patterns, ConfigResolvers resolvers, FieldErrors errors)
    {
        errors.Add("patterns", patterns.Count <= Limits.ConfigRulesMax ? null : $"A set of rules has at most {Limits.ConfigRulesMax} patterns.");
        foreach (var (i, pattern) in patterns.Take(Limits.ConfigRulesMax).Index())
        {
            errors.Add($"patterns[{i}]", pattern is null ? "A pattern is missing." : null);
            errors.Add($"patterns[{i}].pattern", pattern is null ? null : ConfigPatterns.Check(pattern.Pattern));
            errors.Add($"patterns[{i}].resolver", pattern is null ? null : resolvers.Check(pattern.Rule, pattern.Resolver));
        }
    }

    private static string? CheckNote(string? note) => note is null || note.Length <= NoteCharsMax ? null : $"A note has at most {NoteCharsMax} characters.";
}
