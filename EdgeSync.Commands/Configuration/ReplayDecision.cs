using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>Decides logged conflicts again under other rules, from the entries that the log holds. Pure.</summary>
internal static class ReplayDecision
{
    /// <summary>What the rules would have kept; null where that is what was kept.</summary>
    public static ReplayedConflict? Of(ConflictView conflict, ConfigRuleSet rules, IReadOnlyDictionary<string, ConfigResolver> resolvers)
    {
        var would = ConfigMerge.Merge(conflict.Device, conflict.Winner, conflict.Loser, rules, resolvers).Entry.Value;
        return would == conflict.Kept ? null : new ReplayedConflict(conflict, rules.RuleFor(conflict.Winner.Key), would);
    }
}
