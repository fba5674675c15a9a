using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>Writes what a block is changed to.</summary>
internal static class RepairWriteStore
{
    private const string DeleteRow = "DELETE FROM telemetry_data WHERE device_id = $1 AND recorded_at = $2 AND epoch = $3 AND seq = $4";

    private const string InsertRow = """
        INSERT INTO telemetry_data (device_id, recorded_at, epoch, seq, sensor, value, payload, replay_of, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    private const string UpdateLatest = """
        UPDATE latest_values SET value = $3, payload = $4, recorded_at = $5, received_at = $6
        WHERE device_id = $1 AND sensor = $2 AND epoch = $7 AND seq = $8
        """;

    private const string RefusalSql = """
        INSERT INTO refusals (device_id, epoch, seq, reason, digest, digest_before, received_at) VALUES (@device, @epoch, @Number, @reason, @Digest, @Before, @received)
        ON CONFLICT (device_id, epoch, seq) DO UPDATE SET digest = excluded.digest, digest_before = excluded.digest_before
        """;

    private const string DropGapSql = "DELETE FROM gaps WHERE device_id = @device AND epoch = @epoch AND from_seq = @from";

    private const string GapSql = """
        INSERT INTO gaps (device_id, epoch, from_seq, to_seq, reason, digest_after, digest_before, received_at)
        VALUES (@device, @epoch, @From, @To, @reason, @DigestAfter, @before, @received)
        """;

    private const string CheckpointSql = """
        UPDATE checkpoints SET digest = @digest, recorded_min = @RecordedMin, recorded_max = @RecordedMax, received_min = @ReceivedMin, received_max = @ReceivedMax
        WHERE device_id = @device AND epoch = @epoch AND seq = @to
        """;

    private const string StreamSql = """
        UPDATE streams SET digest = @digest, block_recorded_min = @RecordedMin, block_recorded_max = @RecordedMax, block_received_min = @ReceivedMin, block_received_max = @ReceivedMax
        WHERE device_id = @device AND epoch = @epoch
        """;

    private const string BeforeSql = "UPDATE checkpoints SET digest = @digest WHERE device_id = @device AND epoch = @epoch AND seq = @after";

    /// <summary>How many entries and digests were changed.</summary>
    public static async Task<int> WriteAsync(StreamKey key, Block block, RepairPlan plan, long now, DbTransaction transaction)
    {
        var (device, epoch) = (key.Device, key.Epoch.Value);
        WriteRows(key, plan, transaction);
        // As rows: with what else was received then.
        var received = block.Bounds.ReceivedMin ?? now;
        foreach (var refusal in plan.Refusals)
        {
            await transaction.ExecuteAsync(RefusalSql, new { device, epoch, refusal.Number, reason = Words.Of(refusal.Reason), refusal.Digest, Before = refusal.Before!.Value, received });
        }

        foreach (var from in plan.DropGaps.Distinct())
        {
            await transaction.ExecuteAsync(DropGapSql, new { device, epoch, from });
        }

        foreach (var (gap, proof) in plan.Gaps)
        {
            var before = proof!.Value;
            await transaction.ExecuteAsync(GapSql, new { device, epoch, gap.From, gap.To, reason = Words.Of(gap.Reason), gap.DigestAfter, before, received });
        }

        var digests = 0;
        if (plan.Bounds != block.Bounds || plan.Digest != block.Digest)
        {
            var (digest, bounds) = (plan.Digest, plan.Bounds);
            await transaction.ExecuteAsync(
                block.IsOpen ? StreamSql : CheckpointSql,
                new { device, epoch, to = block.To, digest, bounds.RecordedMin, bounds.RecordedMax, bounds.ReceivedMin, bounds.ReceivedMax });
            digests++;
        }

        if (plan.Before != block.Before && block.After > 0)
        {
            await transaction.ExecuteAsync(BeforeSql, new { device, epoch, after = block.After, digest = plan.Before });
            digests++;
        }

        var numbers = plan.Delete.Concat(plan.Insert).Select(row => row.Number).Distinct().Count();
        return numbers + plan.Refusals.Count + plan.Gaps.Count + digests;
    }

    private static void WriteRows(StreamKey key, RepairPlan plan, DbTransaction transaction)
    {
        using var delete = new Statement(transaction, DeleteRow, 4);
        foreach (var row in plan.Delete)
        {
            delete.Execute(key.Device, row.RecordedAt, key.Epoch.Value, row.Number);
        }

        using var insert = new Statement(transaction, InsertRow, 9);
        using var latest = new Statement(transaction, UpdateLatest, 8);
        foreach (var (number, recordedAt, receivedAt, reading) in plan.Insert)
        {
            insert.Execute(key.Device, recordedAt, key.Epoch.Value, number, reading.Sensor, reading.Value, reading.Payload, reading.ReplayOf?.ToString(), receivedAt);
            latest.Execute(key.Device, reading.Sensor, reading.Value, reading.Payload, recordedAt, receivedAt, key.Epoch.Value, number);
        }
    }
}
