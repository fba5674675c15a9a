using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What a block is changed to.</summary>
/// <param name="Delete">Rows that go.</param>
/// <param name="Insert">Rows that come.</param>
/// <param name="Refusals">Refusals to write, over those that there are.</param>
/// <param name="DropGaps">First numbers of gaps that go.</param>
/// <param name="Gaps">Gaps that come.</param>
/// <param name="Before">D before the block.</param>
/// <param name="Digest">D at its end.</param>
/// <param name="Bounds">Between which times its readings lie.</param>
internal sealed record RepairPlan(
    IReadOnlyList<EntryRow> Delete,
    IReadOnlyList<EntryRow> Insert,
    IReadOnlyList<RefusedEntry> Refusals,
    IReadOnlyList<long> DropGaps,
    IReadOnlyList<GapEntry> Gaps,
    Digest Before,
    Digest Digest,
    BlockBounds Bounds);

/// <summary>
/// Whether what a device sends restores a block: with it the block's chain must end in the digest that was acknowledged. Whoever sends it, and however late it comes, it can only bring back what was
/// there. Pure: who holds the device's lock asks, and writes the plan.
/// </summary>
internal static class RepairDecision
{
    /// <summary>What to write; null when the block would still not be what was acknowledged, and nothing of it may change.</summary>
    /// <param name="block">The block, as its checkpoints say.</param>
    /// <param name="stored">What is stored, rows wherever they are.</param>
    /// <param name="sent">What the device says.</param>
    /// <param name="now">The control plane's clock, microseconds since 1970.</param>
    public static RepairPlan? Of(Block block, BlockEntries stored, SentEntries sent, long now)
    {
        var draft = new RepairDraft(block, stored, sent, now);
        return draft.Walk(block.Before) == block.Digest
            ? new RepairPlan(draft.Delete, draft.Insert, draft.Refusals, draft.DropGaps, draft.Gaps, block.Before, block.Digest, draft.Bounds)
            : MendDigest(block, stored, sent);
    }

    // Where the rows are whole as they stand, and the device agrees with them, it is one of the block's two acknowledged digests that was damaged. Rows are not changed with it: they and the device are
    // two witnesses against one only while neither made the other.
    private static RepairPlan? MendDigest(Block block, BlockEntries stored, SentEntries sent)
    {
        if (stored.Walk(block, block.Before) is { } after && sent.WitnessAt(block.To) == after)
        {
            return new RepairPlan([], [], [], [], [], block.Before, after, block.Bounds);
        }

        return sent.WitnessAt(block.After) is { } before && stored.Walk(block, before) == block.Digest
            ? new RepairPlan([], [], [], [], [], before, block.Digest, block.Bounds)
            : null;
    }
}
