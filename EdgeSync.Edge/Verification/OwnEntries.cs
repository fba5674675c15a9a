using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>A row of the device's own, with the digest that it was stored with.</summary>
internal sealed record OwnRow(long Number, Reading Reading, Digest Digest);

/// <summary>Some numbers as the device's file has them.</summary>
/// <param name="Range">The numbers.</param>
/// <param name="Before">D before the first; null where the device does not know it.</param>
/// <param name="Rows">Their rows, and the one after the last.</param>
/// <param name="Gaps">Numbers among them that it has given up.</param>
/// <param name="Anchors">Digests that it knows from elsewhere: where its cursor stands and where its stream ends.</param>
internal sealed record OwnRun(
    NumberRange Range, Digest? Before, IReadOnlyDictionary<long, OwnRow> Rows, IReadOnlyList<Gap> Gaps, IReadOnlyDictionary<long, Digest> Anchors)
{
    /// <summary>The gap that a number lies in; null for none.</summary>
    public Gap? GapAt(long number) => Gaps.FirstOrDefault(gap => gap.Contains(number)) is { To: > 0 } gap ? gap : null;
}

/// <summary>Which of its own rows a device can vouch for.</summary>
/// <param name="Right">Rows whose content fits the chain, with the digest that it has there.</param>
/// <param name="Wrong">Numbers that are neither such a row nor given up.</param>
internal sealed record OwnCheck(IReadOnlyDictionary<long, OwnRow> Right, IReadOnlyList<NumberRange> Wrong);

/// <summary>Judges the device's own rows by its chain, and what the control plane has in place of those that are wrong. Pure.</summary>
internal static class OwnEntries
{
    /// <summary>A row is right when it leads from the digest before it to the one that it was stored with, or, where that was damaged, to what is stored after it.</summary>
    public static OwnCheck Check(OwnRun run)
    {
        var (right, wrong) = (new Dictionary<long, OwnRow>(), new List<long>());
        var before = run.Before;
        for (var number = run.Range.From; number <= run.Range.To; number++)
        {
            if (run.GapAt(number) is { } gap)
            {
                (number, before) = (gap.To, gap.DigestAfter);
                continue;
            }

            var row = run.Rows.GetValueOrDefault(number);
            if (row is not null && before is { } known && DigestChain.Next(known, row.Reading) is var computed && IsKnown(run, number, computed))
            {
                right[number] = row with { Digest = computed };
                before = computed;
                continue;
            }

            before = row?.Digest ?? (run.Anchors.TryGetValue(number, out var anchor) ? anchor : null);
            wrong.Add(number);
        }

        return new OwnCheck(right, NumberRange.Join(wrong.Select(number => new NumberRange(number, number))));
    }

    /// <summary>Rows in place of wrong ones.</summary>
    /// <param name="run">The device's own.</param>
    /// <param name="wrong">Numbers of it that are wrong.</param>
    /// <param name="offered">What the control plane has of them, several for a number that is damaged there too.</param>
    /// <returns>The rows with their digests; empty when what is offered does not lead from the device's chain before them to the chain after.</returns>
    public static IReadOnlyList<OwnRow> Restore(OwnRun run, NumberRange wrong, ILookup<long, Reading> offered)
    {
        var before = wrong.From == run.Range.From ? run.Before : DigestAt(run, wrong.From - 1);
        if (before is not { } digest)
        {
            return [];
        }

        var rows = new List<OwnRow>();
        for (var number = wrong.From; number <= wrong.To; number++)
        {
            if (offered[number].ToList() is not [var reading])
            {
                return [];
            }

            digest = DigestChain.Next(digest, reading);
            rows.Add(new OwnRow(number, reading, digest));
        }

        return IsKnown(run, wrong.To, digest) ? rows : [];
    }

    private static Digest? DigestAt(OwnRun run, long number) =>
        Check(run with { Range = run.Range with { To = number } }).Right.TryGetValue(number, out var row) ? row.Digest
        : run.Gaps.FirstOrDefault(gap => gap.To == number) is { To: > 0 } gap ? gap.DigestAfter
        : run.Rows.TryGetValue(number, out var stored) ? stored.Digest : null;

    // The digest at a number is kept with its row, perhaps elsewhere, and shows in the row after it.
    private static bool IsKnown(OwnRun run, long number, Digest computed) =>
        (run.Rows.TryGetValue(number, out var row) && row.Digest == computed)
        || (run.Anchors.TryGetValue(number, out var anchor) && anchor == computed)
        || (run.Rows.TryGetValue(number + 1, out var next) && DigestChain.Next(computed, next.Reading) == next.Digest);
}
