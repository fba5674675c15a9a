using System.Data.Common;

namespace EdgeSync.Ingest;

/// <summary>What heartbeats say, for whoever looks at the whole fleet.</summary>
internal static class EmbeddedStatusStore
{
    private const string Upsert = """
        INSERT INTO device_status (device_id, heartbeat_at, reason, reason_since, agent_version, interval_ms, pending_records, pending_bytes, oldest_pending_at, dead_letters,
                                   disk_free_bytes, database_bytes, database_bytes_max)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (device_id) DO UPDATE SET
          heartbeat_at = excluded.heartbeat_at, reason = excluded.reason, reason_since = excluded.reason_since, agent_version = excluded.agent_version,
          interval_ms = excluded.interval_ms, pending_records = excluded.pending_records, pending_bytes = excluded.pending_bytes,
          oldest_pending_at = excluded.oldest_pending_at, dead_letters = excluded.dead_letters, disk_free_bytes = excluded.disk_free_bytes,
          database_bytes = excluded.database_bytes, database_bytes_max = excluded.database_bytes_max
        """;

    // The first of a turn stays; one of an earlier turn of the ring gives way, and one of a clock that was ahead.
    private const string UpsertHistory = """
        INSERT INTO status_history (device_id, slot, taken_at, reason, pending_records, pending_bytes, oldest_pending_at, disk_free_bytes, database_bytes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (device_id, slot) DO UPDATE SET
          taken_at = excluded.taken_at, reason = excluded.reason, pending_records = excluded.pending_records, pending_bytes = excluded.pending_bytes,
          oldest_pending_at = excluded.oldest_pending_at, disk_free_bytes = excluded.disk_free_bytes, database_bytes = excluded.database_bytes
        WHERE status_history.taken_at < excluded.taken_at - excluded.taken_at % $10 OR status_history.taken_at > excluded.taken_at
        """;

    public static void Save(GroupLedger ledger, DbTransaction transaction)
    {
        using var upsert = new Statement(transaction, Upsert, 13);
        using var upsertHistory = new Statement(transaction, UpsertHistory, 10);
        foreach (var (device, heartbeat, at) in ledger.Heartbeats)
        {
            upsert.Execute(
                device, at, HeartbeatRules.ColumnText(heartbeat.Reason), heartbeat.ReasonSince, HeartbeatRules.ColumnText(heartbeat.AgentVersion), heartbeat.IntervalMilliseconds, heartbeat.PendingRecords, heartbeat.PendingBytes,
                heartbeat.OldestPendingAt, (long)heartbeat.DeadLetters, heartbeat.DiskFreeBytes, heartbeat.Storage?.DatabaseBytes, heartbeat.Storage?.BytesMax);
            upsertHistory.Execute(
                device, StatusSlots.Of(at), at, HeartbeatRules.ColumnText(heartbeat.Reason), heartbeat.PendingRecords, heartbeat.PendingBytes, heartbeat.OldestPendingAt, heartbeat.DiskFreeBytes,
                heartbeat.Storage?.DatabaseBytes, StatusSlots.Length);
        }
    }
}
