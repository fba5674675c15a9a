using System.Data.Common;
using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>The rows that a group of writes reads first and changes last: streams, devices, and what is known of resent numbers.</summary>
internal static class EmbeddedLedgerStore
{
    private const string SelectBoot = "SELECT boot, nonce FROM sync_status WHERE device_id = $1 AND boot IS NOT NULL";

    private const string SelectHeartbeat = "SELECT heartbeat FROM sync_status WHERE device_id = $1 AND heartbeat IS NOT NULL";

    private const string SelectIntentVersion = "SELECT intent_version FROM device_hints WHERE device_id = $1";

    private const string SelectRefusals = "SELECT seq, reason FROM refusals WHERE device_id = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq";

    private const string SelectDamage = "SELECT epoch, damaged_from, damaged_to FROM stream_checks WHERE device_id = $1 AND damaged_from IS NOT NULL";

    private const string UpsertStream = """
        INSERT INTO streams (device_id, epoch, watermark, digest, stored, refused, gaps, opened_at, updated_at,
                             block_recorded_min, block_recorded_max, block_received_min, block_received_max)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (device_id, epoch) DO UPDATE SET
          watermark = excluded.watermark, digest = excluded.digest, stored = excluded.stored, refused = excluded.refused, gaps = excluded.gaps,
          updated_at = excluded.updated_at, block_recorded_min = excluded.block_recorded_min, block_recorded_max = excluded.block_recorded_max,
          block_received_min = excluded.block_received_min, block_received_max = excluded.block_received_max
        """;

    private const string UpsertDevice = """
        INSERT INTO sync_status (device_id, boot, nonce, last_seen_at, clock_offset_us, heartbeat, heartbeat_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (device_id) DO UPDATE SET
          boot = excluded.boot, nonce = excluded.nonce, last_seen_at = excluded.last_seen_at, clock_offset_us = excluded.clock_offset_us,
          heartbeat = COALESCE(excluded.heartbeat, sync_status.heartbeat), heartbeat_at = COALESCE(excluded.heartbeat_at, sync_status.heartbeat_at)
        """;

    public static void Load(GroupLedger ledger, IReadOnlyList<WriteRequest> group, DbTransaction transaction)
    {
        using var selectStream = new Statement(transaction, StreamStore.SelectStream, 2);
        foreach (var key in group.SelectMany(request => request.Streams).Distinct().Order())
        {
            if (ReadStream(selectStream, key) is { } state)
            {
                ledger.PutStream(key, state);
            }
        }

        using var selectBoot = new Statement(transaction, SelectBoot, 1);
        using var selectIntentVersion = new Statement(transaction, SelectIntentVersion, 1);
        foreach (var device in group.Select(request => request.Device).Distinct().Order())
        {
            LoadDevice(ledger, device, selectBoot, selectIntentVersion);
        }

        using var selectHeartbeat = new Statement(transaction, SelectHeartbeat, 1);
        using var selectDamage = new Statement(transaction, SelectDamage, 1);
        foreach (var device in group.OfType<HeartbeatRequest>().Select(request => request.Device).Distinct())
        {
            LoadHeartbeat(ledger, device, selectHeartbeat);
            LoadDamage(ledger, device, selectDamage);
        }

        using var selectRefusals = new Statement(transaction, SelectRefusals, 4);
        foreach (var append in group.OfType<AppendRequest>())
        {
            LoadRefusals(ledger, append, selectRefusals);
        }
    }

    public static void Save(GroupLedger ledger, DbTransaction transaction)
    {
        using var upsertStream = new Statement(transaction, UpsertStream, 13);
        foreach (var (key, state) in ledger.ChangedStreams)
        {
            upsertStream.Execute(
                key.Device, key.Epoch.Value, state.Watermark, state.Digest.ToArray(), state.Stored, state.Refused, state.Gaps, state.OpenedAt, state.UpdatedAt,
                state.Block.RecordedMin, state.Block.RecordedMax, state.Block.ReceivedMin, state.Block.ReceivedMax);
        }

        using var upsertDevice = new Statement(transaction, UpsertDevice, 7);
        foreach (var (device, seen) in ledger.ChangedDevices)
        {
            upsertDevice.Execute(
                device, seen.Newest.Number, seen.Newest.Nonce, seen.LastSeenAt, seen.ClockOffsetMicroseconds,
                seen.Heartbeat is { } kept ? JsonSerializer.Serialize(kept.Heartbeat, ProtocolJson.Default.Heartbeat) : null, seen.Heartbeat?.ReceivedAt);
        }
    }

    private static StreamState? ReadStream(Statement select, StreamKey key)
    {
        using var reader = select.Read(key.Device, key.Epoch.Value);
        return reader.Read() ? StreamStore.StateAt(reader, column: 0) : null;
    }

    private static void LoadDevice(GroupLedger ledger, DeviceId device, Statement selectBoot, Statement selectIntentVersion)
    {
        using (var boot = selectBoot.Read(device))
        {
            if (boot.Read())
            {
                ledger.Runs.PutNewest(device, new Boot(boot.GetInt64(0), boot.GetInt64(1)));
            }
        }

        using var intent = selectIntentVersion.Read(device);
        if (intent.Read())
        {
            ledger.PutIntentVersion(device, intent.GetInt64(0));
        }
    }

    private static void LoadHeartbeat(GroupLedger ledger, DeviceId device, Statement select)
    {
        using var reader = select.Read(device);
        if (reader.Read() && JsonSerializer.Deserialize(reader.GetString(0), ProtocolJson.Default.Heartbeat) is { } last)
        {
            ledger.PutHeartbeat(device, last);
        }
    }

    private static void LoadDamage(GroupLedger ledger, DeviceId device, Statement select)
    {
        using var reader = select.Read(device);
        while (reader.Read())
        {
            ledger.PutDamage(new StreamKey(device, new Epoch(reader.GetInt64(0))), new NumberRange(reader.GetInt64(1), reader.GetInt64(2)));
        }
    }

    private static void LoadRefusals(GroupLedger ledger, AppendRequest append, Statement select)
    {
        foreach (var (from, to) in ledger.RunsToLookUp(append))
        {
            using var reader = select.Read(append.Device, append.Stream.Epoch.Value, from, to);
            while (reader.Read())
            {
                ledger.PutRefusal(append.Stream, new RefusedReading(reader.GetInt64(0), Words.Parse<ReadingRefusal>(reader.GetString(1))));
            }
        }
    }
}
