using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>What is stored of a stream, as digests and as rows, recomputed from rows and never from a stored digest.</summary>
internal sealed class VerificationStore(ControlPlaneDatabase database)
{
    // Blocks of a range are as long as the checkpoints' interval, but for those that a gap made longer and the one that retention made shorter.
    private const int BlocksMax = (Limits.VerifyNumbersMax / Limits.CheckpointInterval) + 4;

    /// <summary>The digests of ranges, at one moment.</summary>
    public Task<VerifyAnswer> VerifyAsync(StreamKey key, IReadOnlyList<VerifyRange> ranges, CancellationToken ct) => database.ReadAsync(
        async transaction =>
        {
            var ledger = await BlockStore.ReadLedgerAsync(key, transaction);
            var answers = new List<VerifiedRange>(ranges.Count);
            foreach (var range in ranges)
            {
                answers.Add(await VerifyAsync(key, ledger, range, transaction, ct));
            }

            return new VerifyAnswer(key.Epoch, ledger?.Watermark ?? 0, ledger?.Floor ?? 0, answers);
        },
        ct);

    /// <summary>The stored readings of ranges, where the checkpoints' bounds say that they are.</summary>
    public Task<RowsAnswer> ReadRowsAsync(StreamKey key, IReadOnlyList<NumberRange> ranges, CancellationToken ct) => database.ReadAsync(
        async transaction =>
        {
            var readings = new List<NumberedReading>();
            if (await BlockStore.ReadLedgerAsync(key, transaction) is { } ledger)
            {
                foreach (var range in ranges)
                {
                    foreach (var (block, from, to) in await BlocksAsync(key, ledger, range.From, range.To, transaction, ct))
                    {
                        readings.AddRange((await BlockStore.ReadRowsAsync(key, block, from, to, transaction, ct)).Select(row => NumberedReading.Of(row.Number, row.Reading)));
                    }
                }
            }

            return new RowsAnswer(key.Epoch, readings);
        },
        ct);

    /// <summary>D at a number, from the rows of its block, also where a digest of it is kept; null where they do not lead there.</summary>
    public Task<DigestAnswer> RecomputeAsync(StreamKey key, long number, CancellationToken ct) => database.ReadAsync(
        async transaction =>
        {
            var ledger = await BlockStore.ReadLedgerAsync(key, transaction);
            var digest = number == 0 ? DigestChain.Origin(key.Device, key.Epoch)
                : ledger is null || number > ledger.Watermark || number <= ledger.Floor ? (Digest?)null
                : await WalkAsync(key, ledger, number, transaction, ct);
            return new DigestAnswer(key.Epoch, ledger?.Watermark ?? 0, [new PositionDigest(number, digest)], []);
        },
        ct);

    private static async Task<Digest?> WalkAsync(StreamKey key, LedgerRow ledger, long number, DbTransaction transaction, CancellationToken ct)
    {
        var block = (await BlockStore.ReadBlocksAsync(key, ledger, number, number, 1, transaction, ct))[0];
        var unstored = await BlockStore.ReadUnstoredAsync(key, block.After + 1, number, transaction, ct);
        // Inside of a gap nobody knows it.
        var entries = unstored with
        {
            Rows = await BlockStore.ReadRowsAsync(key, block, block.After + 1, number, transaction, ct),
            Gaps = [.. unstored.Gaps.Where(gap => gap.To <= number)],
        };
        return entries.Walk(block with { To = number }, block.Before);
    }

    private static async Task<VerifiedRange> VerifyAsync(StreamKey key, LedgerRow? ledger, VerifyRange range, DbTransaction transaction, CancellationToken ct)
    {
        using var parts = new PartDigests(range);
        if (ledger is null)
        {
            return new VerifiedRange(parts.Finish(), []);
        }

        foreach (var (block, from, to) in await BlocksAsync(key, ledger, range.From, range.To, transaction, ct))
        {
            foreach (var row in await BlockStore.ReadRowsAsync(key, block, from, to, transaction, ct))
            {
                parts.Add(row);
            }
        }

        return new VerifiedRange(parts.Finish(), (await BlockStore.ReadUnstoredAsync(key, range.From, range.To, transaction, ct)).Unstored(range.From, range.To));
    }

    private static async Task<List<(Block Block, long From, long To)>> BlocksAsync(StreamKey key, LedgerRow ledger, long from, long to, DbTransaction transaction, CancellationToken ct)
    {
        var (least, most) = (Math.Max(from, ledger.Floor + 1), Math.Min(to, ledger.Watermark));
        return least > most
            ? []
            : [.. (await BlockStore.ReadBlocksAsync(key, ledger, least, most, BlocksMax, transaction, ct))
                .Select(block => (block, Math.Max(least, block.After + 1), Math.Min(most, block.To))).Where(part => part.Item2 <= part.Item3)];
    }
}
