using Npgsql;

namespace EdgeSync.Ingest;

/// <summary>What heartbeats say, for whoever looks at the whole fleet. The devices' rows of sync_status are locked, so no other transaction writes these.</summary>
internal static class ServerStatusStore
{
    private const string Upsert = """
        INSERT INTO device_status (device_id, heartbeat_at, reason, reason_since, agent_version, interval_ms, pending_records, pending_bytes, oldest_pending_at, dead_letters,
                                   disk_free_bytes, database_bytes, database_bytes_max)
        SELECT * FROM unnest($1::UUID[], $2::INT8[], $3::TEXT[], $4::INT8[], $5::TEXT[], $6::INT8[], $7::INT8[], $8::INT8[], $9::INT8[], $10::INT8[],
                             $11::INT8[], $12::INT8[], $13::INT8[])
        ON CONFLICT (device_id) DO UPDATE SET
          heartbeat_at = excluded.heartbeat_at, reason = excluded.reason, reason_since = excluded.reason_since, agent_version = excluded.agent_version,
          interval_ms = excluded.interval_ms, pending_records = excluded.pending_records, pending_bytes = excluded.pending_bytes,
          oldest_pending_at = excluded.oldest_pending_at, dead_letters = excluded.dead_letters, disk_free_bytes = excluded.disk_free_bytes,
          database_bytes = excluded.database_bytes, database_bytes_max = excluded.database_bytes_max
        """;

    // The first of a turn stays; one of an earlier turn of the ring gives way, and one of a clock that was ahead.
    private const string UpsertHistory = """
        INSERT INTO status_history (device_id, slot, taken_at, reason, pending_records, pending_bytes, oldest_pending_at, disk_free_bytes, database_bytes)
        SELECT r.device_id, r.slot, r.taken_at, r.reason, r.pending_records, r.pending_bytes, r.oldest_pending_at, r.disk_free_bytes, r.database_bytes
        FROM unnest($1::UUID[], $2::INT8[], $3::INT8[], $4::TEXT[], $5::INT8[], $6::INT8[], $7::INT8[], $8::INT8[], $9::INT8[])
          AS r(device_id, slot, taken_at, reason, pending_records, pending_bytes, oldest_pending_at, disk_free_bytes, database_bytes)
        ON CONFLICT (device_id, slot) DO UPDATE SET
          taken_at = excluded.taken_at, reason = excluded.reason, pending_records = excluded.pending_records, pending_bytes = excluded.pending_bytes,
          oldest_pending_at = excluded.oldest_pending_at, disk_free_bytes = excluded.disk_free_bytes, database_bytes = excluded.database_bytes
        WHERE status_history.taken_at < excluded.taken_at - excluded.taken_at % $10 OR status_history.taken_at > excluded.taken_at
        """;

    public static void AddTo(NpgsqlBatch batch, GroupLedger ledger)
    {
        var rows = ledger.Heartbeats.ToList();
        if (rows.Count == 0)
        {
            return;
        }

        batch.Add(Upsert)
            .With(rows, row => row.Device.Value).With(rows, row => row.ReceivedAt).With(rows, row => HeartbeatRules.ColumnText(row.Heartbeat.Reason)).With(rows, row => row.Heartbeat.ReasonSince)
            .With(rows, row => HeartbeatRules.ColumnText(row.Heartbeat.AgentVersion)).With(rows, row => row.Heartbeat.IntervalMilliseconds).With(rows, row => row.Heartbeat.PendingRecords)
            .With(rows, row => row.Heartbeat.PendingBytes).With(rows, row => row.Heartbeat.OldestPendingAt).With(rows, row => (long)row.Heartbeat.DeadLetters)
            .With(rows, row => row.Heartbeat.DiskFreeBytes).With(rows, row => row.Heartbeat.Storage?.DatabaseBytes).With(rows, row => row.Heartbeat.Storage?.BytesMax);
        batch.Add(UpsertHistory)
            .With(rows, row => row.Device.Value).With(rows, row => StatusSlots.Of(row.ReceivedAt)).With(rows, row => row.ReceivedAt).With(rows, row => HeartbeatRules.ColumnText(row.Heartbeat.Reason))
            .With(rows, row => row.Heartbeat.PendingRecords).With(rows, row => row.Heartbeat.PendingBytes).With(rows, row => row.Heartbeat.OldestPendingAt)
            .With(rows, row => row.Heartbeat.DiskFreeBytes).With(rows, row => row.Heartbeat.Storage?.DatabaseBytes).With(StatusSlots.Length);
    }
}
