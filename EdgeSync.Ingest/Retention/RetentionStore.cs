using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>
/// Deletes readings whose time is over, and says so in the stream's ledger in the same transaction: a block between two checkpoints at a time, so that the
/// chain can be recomputed from the checkpoint at the floor. Refusals, gaps and checkpoints stay: they are few, and account for their numbers.
/// </summary>
internal sealed class RetentionStore(ControlPlaneDatabase database)
{
    private const string DueSql = """
        SELECT s.device_id AS Device, s.epoch AS Epoch FROM streams AS s
        WHERE (s.device_id, s.epoch) > (@device, @epoch)
          AND (s.block_received_max < @cutoff
            OR EXISTS (SELECT 1 FROM checkpoints AS c WHERE c.device_id = s.device_id AND c.epoch = s.epoch AND c.seq > s.floor_seq AND c.received_max < @cutoff))
        ORDER BY s.device_id, s.epoch LIMIT @limit
        """;

    /// <summary>Streams after one in the order of their keys that have readings received before a time, in whole blocks.</summary>
    public Task<List<StreamKey>> DueAsync(StreamKey after, long cutoff, int limit, CancellationToken ct) =>
        database.ReadAsync(
            async transaction => (await transaction.QueryAsync<DueRow>(
                DueSql, new { device = after.Device, epoch = after.Epoch.Value, cutoff, limit })).Select(row => new StreamKey(row.Device, new Epoch(row.Epoch))).ToList(),
            ct);

    // Changes nothing: it holds the device's row, which is the lock of its streams.
    private const string LockSql = "UPDATE sync_status SET last_seen_at = last_seen_at WHERE device_id = @device";

    private const string StreamSql = """
        SELECT floor_seq AS Floor, watermark AS Watermark, digest AS Digest, block_recorded_min AS RecordedMin, block_recorded_max AS RecordedMax,
               block_received_min AS ReceivedMin, block_received_max AS ReceivedMax
        FROM streams WHERE device_id = @device AND epoch = @epoch
        """;

    private const string NextSql = """
        SELECT seq AS Number, recorded_min AS RecordedMin, recorded_max AS RecordedMax, received_max AS ReceivedMax
        FROM checkpoints WHERE device_id = @device AND epoch = @epoch AND seq > @floor ORDER BY seq LIMIT 1
        """;

    /// <summary>Ends the stream's oldest block, if every reading in it was received before a time. Returns how many readings were deleted; null when there was nothing to end.</summary>
    public Task<int?> ExpireBlockAsync(StreamKey key, long cutoff, CancellationToken ct) =>
        database.WriteAsync<int?>(
            async transaction =>
            {
                var stream = new { device = key.Device, epoch = key.Epoch.Value };
                await transaction.ExecuteAsync(LockSql, stream);
                if (await transaction.FindAsync<StreamRow>(StreamSql, stream) is not { } row)
                {
                    return null;
                }

                var next = await transaction.FindAsync<BlockRow>(NextSql, new { stream.device, stream.epoch, floor = row.Floor });
                if (next is null && row.ReceivedMax < cutoff)
                {
                    next = await CloseBlockAsync(key, row, transaction);
                }

                // A block without readings ends with whatever it lies before.
                return next is not null && (next.ReceivedMax ?? long.MinValue) < cutoff ? await DeleteAsync(key, row.Floor, next, transaction) : null;
            },
            ct);

    private const string CheckpointSql = """
        INSERT INTO checkpoints (device_id, epoch, seq, digest, recorded_min, recorded_max, received_min, received_max)
        VALUES (@device, @epoch, @Watermark, @Digest, @RecordedMin, @RecordedMax, @ReceivedMin, @ReceivedMax) ON CONFLICT DO NOTHING
        """;

    private const string EmptyBlockSql = """
        UPDATE streams SET block_recorded_min = NULL, block_recorded_max = NULL, block_received_min = NULL, block_received_max = NULL
        WHERE device_id = @device AND epoch = @epoch
        """;

    /// <summary>A stream that has rested so long ends its last block early, with a checkpoint at the watermark.</summary>
    private static async Task<BlockRow> CloseBlockAsync(StreamKey key, StreamRow row, DbTransaction transaction)
    {
        var (device, epoch) = (key.Device, key.Epoch.Value);
        await transaction.ExecuteAsync(
            CheckpointSql, new { device, epoch, row.Watermark, row.Digest, row.RecordedMin, row.RecordedMax, row.ReceivedMin, row.ReceivedMax });
        await transaction.ExecuteAsync(EmptyBlockSql, new { device, epoch });
        return new BlockRow(row.Watermark, row.RecordedMin, row.RecordedMax, row.ReceivedMax);
    }

    private const string DeleteReadingsSql = """
        DELETE FROM telemetry_data
        WHERE device_id = @device AND recorded_at BETWEEN @RecordedMin AND @RecordedMax AND epoch = @epoch AND seq > @floor AND seq <= @Number
        """;

    private const string DeleteOffsetsSql = "DELETE FROM clock_offsets WHERE device_id = @device AND epoch = @epoch AND last_seq <= @Number";

    private const string FloorSql = "UPDATE streams SET floor_seq = @Number, expired = expired + @deleted WHERE device_id = @device AND epoch = @epoch";

    private static async Task<int> DeleteAsync(StreamKey key, long floor, BlockRow block, DbTransaction transaction)
    {
        var (device, epoch) = (key.Device, key.Epoch.Value);
        var deleted = await transaction.ExecuteAsync(
            DeleteReadingsSql, new { device, epoch, floor, block.Number, block.RecordedMin, block.RecordedMax });
        await transaction.ExecuteAsync(DeleteOffsetsSql, new { device, epoch, block.Number });
        await transaction.ExecuteAsync(FloorSql, new { device, epoch, block.Number, deleted });
        return deleted;
    }

    private sealed record DueRow(DeviceId Device, long Epoch);

    private sealed record StreamRow(long Floor, long Watermark, Digest Digest, long? RecordedMin, long? RecordedMax, long? ReceivedMin, long? ReceivedMax);

    private sealed record BlockRow(long Number, long? RecordedMin, long? RecordedMax, long? ReceivedMax);
}
