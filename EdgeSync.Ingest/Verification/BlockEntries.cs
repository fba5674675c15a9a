using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>Numbers between two checkpoints, or from the last one to the watermark, with the digests that were acknowledged at both ends.</summary>
/// <param name="After">The number before the first one.</param>
/// <param name="Before">D(After).</param>
/// <param name="To">The last one.</param>
/// <param name="Digest">D(To).</param>
/// <param name="Bounds">Between which times its readings lie.</param>
/// <param name="IsOpen">Whether it ends at the watermark without a checkpoint.</param>
internal sealed record Block(long After, Digest Before, long To, Digest Digest, BlockBounds Bounds, bool IsOpen)
{
    public NumberRange Numbers => new(After + 1, To);
}

/// <summary>A row of a reading.</summary>
internal readonly record struct EntryRow(long Number, long RecordedAt, long ReceivedAt, Reading Reading);

/// <summary>A row of a refusal; what D was before it is not known of old ones.</summary>
internal readonly record struct RefusedEntry(long Number, ReadingRefusal Reason, Digest Digest, Digest? Before);

/// <summary>A row of a gap; what D was before it is not known of old ones.</summary>
internal readonly record struct GapEntry(Gap Gap, Digest? Before)
{
    public long From => Gap.From;

    public long To => Gap.To;

    public bool Contains(long number) => Gap.Contains(number);
}

/// <summary>What is stored for some numbers, each kind by number. A damaged number may have several rows, or none.</summary>
internal sealed record BlockEntries(IReadOnlyList<EntryRow> Rows, IReadOnlyList<RefusedEntry> Refusals, IReadOnlyList<GapEntry> Gaps)
{
    /// <summary>Numbers in a range that are accounted for without a reading, adjacent ones together.</summary>
    public List<NumberRange> Unstored(long from, long to)
    {
        var all = Refusals.Select(refusal => new NumberRange(refusal.Number, refusal.Number)).Concat(Gaps.Select(gap => new NumberRange(gap.From, gap.To)));
        return NumberRange.Join(
            all.Where(range => range.From <= to && range.To >= from).OrderBy(range => range.From).Select(range => new NumberRange(Math.Max(range.From, from), Math.Min(range.To, to))));
    }

    /// <summary>D at the end of a block, from another at its beginning; null where its numbers are not each accounted for once, or a digest on the way is not what it was.</summary>
    public Digest? Walk(Block block, Digest before)
    {
        var links = Rows.Select(row => (Link: new ChainLink(row.Number, row.Number, row.Reading, null), Before: (Digest?)null))
            .Concat(Refusals.Select(refusal => (new ChainLink(refusal.Number, refusal.Number, null, refusal.Digest), refusal.Before)))
            .Concat(Gaps.Select(gap => (new ChainLink(gap.From, gap.To, null, gap.Gap.DigestAfter), gap.Before)))
            .OrderBy(entry => entry.Item1.From);
        var (number, digest) = (block.After, before);
        foreach (var (link, proof) in links)
        {
            // An entry without a reading brings the chain back, whatever came before it: that is proved by the digest before it.
            if (link.From != number + 1 || link.To < link.From || (proof is { } kept && kept != digest))
            {
                return null;
            }

            digest = link.Digest ?? DigestChain.Next(digest, link.Reading!.Value);
            number = link.To;
        }

        return number == block.To ? digest : null;
    }
}
