using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>Recomputes a share of a stream from its rows, at one moment.</summary>
internal sealed class StreamShareStore(ControlPlaneDatabase database)
{
    // So that a damaged digest between two blocks is told from damaged rows, no share has a single block unless it is the last.
    public const int BlocksMin = 2;

    /// <summary>Looks at the blocks after a number, so many at most.</summary>
    public Task<StreamShare> CheckAsync(StreamKey key, long after, int blocksMax, CancellationToken ct) => database.ReadAsync(
        async transaction =>
        {
            if (await BlockStore.ReadLedgerAsync(key, transaction) is not { } ledger || Math.Max(after, ledger.Floor) >= ledger.Watermark)
            {
                return new StreamShare(key, null, 0, [], [], []);
            }

            var check = new ChainCheck();
            var from = Math.Max(after, ledger.Floor) + 1;
            var blocks = await BlockStore.ReadBlocksAsync(key, ledger, from, ledger.Watermark, Math.Max(blocksMax, BlocksMin), transaction, ct);
            foreach (var block in blocks)
            {
                var entries = await BlockStore.ReadUnstoredAsync(key, block.After + 1, block.To, transaction, ct);
                check.Add(block, entries with { Rows = await BlockStore.ReadRowsAsync(key, block, block.After + 1, block.To, transaction, ct) });
            }

            var found = check.Found;
            var last = blocks[^1];
            // One that ends wrongly is looked at again with what follows it.
            var verifiedTo = found.Damaged is [.., var damaged] && damaged.To == last.To && blocks.Count > 1 ? last.After : last.To;
            return new StreamShare(key, last.To >= ledger.Watermark ? null : verifiedTo, ledger.Floor, found.Whole, found.Damaged, found.Mended);
        },
        ct);
}
