using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What becomes of a batch, by the table in docs/protocol.md. Pure: whoever holds the stream's lock asks, and writes the plan.</summary>
internal abstract record AppendDecision
{
    private AppendDecision()
    {
    }

    /// <summary>Write the plan.</summary>
    internal sealed record Append(AppendPlan Plan) : AppendDecision;

    /// <summary>All of it lies at or below the watermark.</summary>
    internal sealed record Replayed(StreamState At) : AppendDecision;

    /// <summary>The batch begins beyond the watermark + 1.</summary>
    internal sealed record Hole(StreamState At) : AppendDecision;

    /// <summary>The device's history up to the watermark is not the one that was stored.</summary>
    internal sealed record DigestMismatch(StreamState At) : AppendDecision;

    /// <summary>The batch's entries do not add up to the digest that it carries.</summary>
    internal sealed record ContentMismatch(StreamState At) : AppendDecision;

    /// <param name="known">The stream's ledger; null for a stream that has never been seen.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="batch">What the device sent.</param>
    /// <param name="receivedAt">Microseconds since 1970.</param>
    public static AppendDecision Of(StreamState? known, StreamKey stream, CheckedBatch batch, long receivedAt)
    {
        var state = known ?? StreamState.Opened(stream, receivedAt);
        if (batch.Batch.First - 1 > state.Watermark)
        {
            return new Hole(state);
        }

        // Null when the watermark lies inside a gap of the batch: there is nothing to compare, and what follows the gap is new.
        if (batch.DigestAt(state.Watermark) is { } own && own != state.Digest)
        {
            return new DigestMismatch(state);
        }

        if (batch.DigestAtLast != batch.Batch.DigestAfter)
        {
            return new ContentMismatch(state);
        }

        return batch.Batch.Last <= state.Watermark
            ? new Replayed(state)
            : new Append(PlanOf(state, stream, batch, receivedAt));
    }

    private static AppendPlan PlanOf(StreamState before, StreamKey stream, CheckedBatch batch, long receivedAt)
    {
        var rows = new List<PlannedRow>(batch.Batch.ReadingCount);
        var refusals = new List<PlannedRefusal>();
        var gaps = new List<PlannedGap>();
        var checkpoints = new List<Checkpoint>();
        var (last, digest, block, gapNumbers) = (before.Watermark, before.Digest, before.Block, 0L);
        foreach (var entry in batch.Batch.Entries())
        {
            var to = entry.Gap?.To ?? entry.Number;
            if (to <= before.Watermark)
            {
                continue;
            }

            if (entry.Gap is { } gap)
            {
                var rest = gap with { From = last + 1 };
                gaps.Add(new PlannedGap(rest, digest));
                gapNumbers += rest.Count;
                digest = gap.DigestAfter;
            }
            else
            {
                var previous = digest;
                digest = batch.DigestOf(entry.Index);
                if (batch.RefusalOf(entry.Index) is not ReadingRefusal.None and var reason)
                {
                    refusals.Add(new PlannedRefusal(entry.Number, reason, digest, previous));
                }
                else
                {
                    rows.Add(new PlannedRow(entry.Index, entry.Number));
                    block = block.Include(batch.Batch.RecordedAt[entry.Index], receivedAt);
                }
            }

            // At a multiple of the interval, or at the end of a gap that crossed one: so a block never holds more readings than the interval.
            if (to / Limits.CheckpointInterval > last / Limits.CheckpointInterval)
            {
                checkpoints.Add(new Checkpoint(to, digest, block));
                block = default;
            }

            last = to;
        }

        var after = before with
        {
            Watermark = last,
            Digest = digest,
            Stored = before.Stored + rows.Count,
            Refused = before.Refused + refusals.Count,
            Gaps = before.Gaps + gapNumbers,
            UpdatedAt = receivedAt,
            Block = block,
        };
        return new AppendPlan(stream, batch.Batch, before.Watermark + 1, receivedAt, rows, refusals, gaps, checkpoints, after);
    }
}
