using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>Everything that an accepted batch changes, to be written in one transaction.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Source">Where the rows' columns are.</param>
/// <param name="First">The first number that is new.</param>
/// <param name="ReceivedAt">Microseconds since 1970.</param>
/// <param name="Rows">Readings to insert.</param>
/// <param name="Refusals">Readings that are accounted for without being stored.</param>
/// <param name="Gaps">Declared gaps, as far as they lie above the watermark.</param>
/// <param name="Checkpoints">Digests to keep, with the bounds of the readings since the one before.</param>
/// <param name="After">The ledger afterwards.</param>
internal sealed record AppendPlan(
    StreamKey Stream,
    TelemetryBatch Source,
    long First,
    long ReceivedAt,
    IReadOnlyList<PlannedRow> Rows,
    IReadOnlyList<PlannedRefusal> Refusals,
    IReadOnlyList<PlannedGap> Gaps,
    IReadOnlyList<Checkpoint> Checkpoints,
    StreamState After)
{
    /// <summary>The device's clock minus ours, in microseconds; the way here is part of it.</summary>
    public long ClockOffset => Source.SentAt - ReceivedAt;
}

/// <summary>A reading to insert: its place in the batch and its number in the stream.</summary>
internal readonly record struct PlannedRow(int Index, long Number);

/// <summary>A refused reading with D(Number), so that the chain can be recomputed across it, and with D(Number - 1), which proves what came before it.</summary>
internal readonly record struct PlannedRefusal(long Number, ReadingRefusal Reason, Digest Digest, Digest Before);

/// <summary>A declared gap with D before it.</summary>
internal readonly record struct PlannedGap(Gap Gap, Digest Before);

/// <summary>D(Number), and between which times the stored readings since the checkpoint before lie.</summary>
internal readonly record struct Checkpoint(long Number, Digest Digest, BlockBounds Block);
