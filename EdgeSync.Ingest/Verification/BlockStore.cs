using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>A stream's ledger with its floor.</summary>
internal sealed record LedgerRow(
    long Watermark, Digest Digest, long Floor, long Stored, long Expired, long? RecordedMin, long? RecordedMax, long? ReceivedMin, long? ReceivedMax)
{
    public BlockBounds Block => new(RecordedMin, RecordedMax, ReceivedMin, ReceivedMax);
}

/// <summary>Reads blocks of a stream and what is stored in them.</summary>
internal static class BlockStore
{
    private const string LedgerSql = """
        SELECT watermark AS Watermark, digest AS Digest, floor_seq AS Floor, stored AS Stored, expired AS Expired,
               block_recorded_min AS RecordedMin, block_recorded_max AS RecordedMax, block_received_min AS ReceivedMin, block_received_max AS ReceivedMax
        FROM streams WHERE device_id = @device AND epoch = @epoch
        """;

    /// <summary>Null for a stream that was never seen.</summary>
    public static Task<LedgerRow?> ReadLedgerAsync(StreamKey key, DbTransaction transaction) =>
        transaction.FindAsync<LedgerRow>(LedgerSql, new { device = key.Device, epoch = key.Epoch.Value });

    private const string SelectCheckpoints = """
        SELECT seq, digest, recorded_min, recorded_max, received_min, received_max FROM checkpoints
        WHERE device_id = $1 AND epoch = $2
          AND seq >= COALESCE((SELECT MAX(b.seq) FROM checkpoints AS b WHERE b.device_id = $1 AND b.epoch = $2 AND b.seq < $3), 0)
        ORDER BY seq LIMIT $4
        """;

    /// <summary>The blocks that hold the numbers from one to another, in order.</summary>
    /// <param name="key">The stream.</param>
    /// <param name="ledger">Its ledger.</param>
    /// <param name="from">Above the floor.</param>
    /// <param name="to">At most the watermark.</param>
    /// <param name="most">So many blocks at most.</param>
    /// <param name="transaction">Where it reads.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<List<Block>> ReadBlocksAsync(StreamKey key, LedgerRow ledger, long from, long to, int most, DbTransaction transaction, CancellationToken ct)
    {
        var blocks = new List<Block>();
        var (after, before) = (0L, DigestChain.Origin(key.Device, key.Epoch));
        await using var select = new Statement(transaction, SelectCheckpoints, 4);
        await using var reader = await select.ReadAsync(ct, key.Device, key.Epoch.Value, from, most + 1L);
        while (after < to && blocks.Count < most && await reader.ReadAsync(ct))
        {
            var (number, digest) = (reader.GetInt64(0), reader.GetDigest(1));
            if (number >= from)
            {
                var bounds = new BlockBounds(reader.GetNullableInt64(2), reader.GetNullableInt64(3), reader.GetNullableInt64(4), reader.GetNullableInt64(5));
                blocks.Add(new Block(after, before, number, digest, bounds, IsOpen: false));
            }

            (after, before) = (number, digest);
        }

        if (after < to && blocks.Count < most && ledger.Watermark > after)
        {
            blocks.Add(new Block(after, before, ledger.Watermark, ledger.Digest, ledger.Block, IsOpen: true));
        }

        return blocks;
    }

    private const string SelectRows = """
        SELECT seq, recorded_at, received_at, sensor, value, payload, replay_of FROM telemetry_data
        WHERE device_id = $1 AND recorded_at BETWEEN $2 AND $3 AND epoch = $4 AND seq BETWEEN $5 AND $6
        """;

    // Every row of the device is looked at.
    private const string SelectRowsAnywhere = """
        SELECT seq, recorded_at, received_at, sensor, value, payload, replay_of FROM telemetry_data
        WHERE device_id = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4
        """;

    /// <summary>Rows of a block by number, where its bounds say that they are: one whose time was damaged is not among them.</summary>
    public static async Task<List<EntryRow>> ReadRowsAsync(StreamKey key, Block block, long from, long to, DbTransaction transaction, CancellationToken ct)
    {
        if (block.Bounds is not { RecordedMin: { } least, RecordedMax: { } most })
        {
            return [];
        }

        await using var select = new Statement(transaction, SelectRows, 6);
        await using var reader = await select.ReadAsync(ct, key.Device, least, most, key.Epoch.Value, from, to);
        return await ReadRowsAsync(reader, ct);
    }

    /// <summary>Rows of numbers by number, wherever they are.</summary>
    public static async Task<List<EntryRow>> ReadRowsAnywhereAsync(StreamKey key, long from, long to, DbTransaction transaction, CancellationToken ct)
    {
        await using var select = new Statement(transaction, SelectRowsAnywhere, 4);
        await using var reader = await select.ReadAsync(ct, key.Device, key.Epoch.Value, from, to);
        return await ReadRowsAsync(reader, ct);
    }

    private const string SelectRefusals = "SELECT seq, reason, digest, digest_before FROM refusals WHERE device_id = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq";

    private const string SelectGaps = """
        SELECT from_seq, to_seq, reason, digest_after, digest_before FROM gaps WHERE device_id = $1 AND epoch = $2 AND from_seq <= $4 AND to_seq >= $3 ORDER BY from_seq
        """;

    /// <summary>What accounts for numbers without a reading, as entries without rows.</summary>
    public static async Task<BlockEntries> ReadUnstoredAsync(StreamKey key, long from, long to, DbTransaction transaction, CancellationToken ct)
    {
        var (refusals, gaps) = (new List<RefusedEntry>(), new List<GapEntry>());
        await using (var select = new Statement(transaction, SelectRefusals, 4))
        {
            await using var reader = await select.ReadAsync(ct, key.Device, key.Epoch.Value, from, to);
            while (await reader.ReadAsync(ct))
            {
                refusals.Add(new RefusedEntry(reader.GetInt64(0), Words.TryParse<ReadingRefusal>(reader.GetString(1), out var reason) ? reason : ReadingRefusal.None, reader.GetDigest(2), reader.GetNullableDigest(3)));
            }
        }

        await using (var select = new Statement(transaction, SelectGaps, 4))
        {
            await using var reader = await select.ReadAsync(ct, key.Device, key.Epoch.Value, from, to);
            while (await reader.ReadAsync(ct))
            {
                var gap = new Gap(reader.GetInt64(0), reader.GetInt64(1), Words.TryParse<GapReason>(reader.GetString(2), out var reason) ? reason : GapReason.None, reader.GetDigest(3));
                gaps.Add(new GapEntry(gap, reader.GetNullableDigest(4)));
            }
        }

        return new BlockEntries([], refusals, gaps);
    }

    private static async Task<List<EntryRow>> ReadRowsAsync(DbDataReader reader, CancellationToken ct)
    {
        var rows = new List<EntryRow>();
        while (await reader.ReadAsync(ct))
        {
            var replayOf = EntryName.TryParse(reader.GetNullableString(6), out var name) ? name : (EntryName?)null;
            rows.Add(new EntryRow(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2),
                new Reading(reader.GetString(3), reader.GetInt64(1), reader.GetNullableDouble(4), reader.GetNullableString(5), replayOf)));
        }

        rows.Sort(static (left, right) => (left.Number, left.RecordedAt).CompareTo((right.Number, right.RecordedAt)));
        return rows;
    }
}
