using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>Within which numbers a stream is known to be damaged: one range, from the first damaged block to the last. Pure.</summary>
internal static class StreamDamage
{
    /// <summary>What is left of damage when blocks have been found whole; null for nothing.</summary>
    public static NumberRange? Without(NumberRange? damage, IEnumerable<NumberRange> whole)
    {
        var blocks = whole.OrderBy(block => block.From).ToList();
        foreach (var block in blocks)
        {
            damage = damage is not null && block.Contains(damage.From) ? Valid(damage with { From = block.To + 1 }) : damage;
        }

        foreach (var block in Enumerable.Reverse(blocks))
        {
            damage = damage is not null && block.Contains(damage.To) ? Valid(damage with { To = block.From - 1 }) : damage;
        }

        return damage;
    }

    /// <summary>Both together.</summary>
    public static NumberRange? With(NumberRange? damage, IEnumerable<NumberRange> found) =>
        found.Aggregate(damage, (all, one) => all is null ? one : new NumberRange(Math.Min(all.From, one.From), Math.Max(all.To, one.To)));

    /// <summary>Without what has expired.</summary>
    public static NumberRange? Above(NumberRange? damage, long floor) => damage is null ? null : Valid(damage with { From = Math.Max(damage.From, floor + 1) });

    private static NumberRange? Valid(NumberRange range) => range.From <= range.To ? range : null;
}
