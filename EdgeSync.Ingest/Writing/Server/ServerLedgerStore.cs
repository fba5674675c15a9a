using System.Data.Common;
using System.Text.Json;
using EdgeSync.Protocol;
using Npgsql;

namespace EdgeSync.Ingest;

/// <summary>The rows that a group of writes locks and reads first and changes last: devices, streams, and what is known of resent numbers.</summary>
internal static class ServerLedgerStore
{
    // A lock needs a row. Until its device's first accepted write it has no boot, and counts as never seen. In order, as the locks are taken.
    private const string InsertMissingDevices = """
        INSERT INTO sync_status (device_id, last_seen_at)
        SELECT device_id, 0 FROM unnest($1::UUID[]) AS r(device_id) ORDER BY device_id
        ON CONFLICT (device_id) DO NOTHING
        """;

    // The one lock of all that is a device's. Every group takes its locks in the order of the devices, so no two wait for each other. A stream that
    // does not exist yet has no row of its own to lock, and a device has one row here however many streams it sends at once.
    private const string LockDevices = "SELECT device_id, boot, nonce FROM sync_status WHERE device_id = ANY($1::UUID[]) ORDER BY device_id FOR UPDATE";

    private const string SelectHeartbeats = "SELECT device_id, heartbeat FROM sync_status WHERE device_id = ANY($1::UUID[]) AND heartbeat IS NOT NULL";

    private const string SelectDamage = """
        SELECT device_id, epoch, damaged_from, damaged_to FROM stream_checks WHERE device_id = ANY($1::UUID[]) AND damaged_from IS NOT NULL
        """;

    private const string SelectIntentVersions = "SELECT device_id, intent_version FROM device_hints WHERE device_id = ANY($1::UUID[])";

    private const string SelectStreams = """
        SELECT s.device_id, s.epoch, s.watermark, s.digest, s.stored, s.refused, s.gaps, s.opened_at, s.updated_at,
               s.block_recorded_min, s.block_recorded_max, s.block_received_min, s.block_received_max
        FROM unnest($1::UUID[], $2::INT8[]) AS r(device_id, epoch) JOIN streams AS s ON s.device_id = r.device_id AND s.epoch = r.epoch
        """;

    private const string SelectRefusals = """
        SELECT f.device_id, f.epoch, f.seq, f.reason
        FROM unnest($1::UUID[], $2::INT8[], $3::INT8[], $4::INT8[]) AS r(device_id, epoch, from_seq, to_seq)
        JOIN refusals AS f ON f.device_id = r.device_id AND f.epoch = r.epoch AND f.seq BETWEEN r.from_seq AND r.to_seq
        """;

    private const string UpsertStreams = """
        INSERT INTO streams (device_id, epoch, watermark, digest, stored, refused, gaps, opened_at, updated_at,
                             block_recorded_min, block_recorded_max, block_received_min, block_received_max)
        SELECT * FROM unnest($1::UUID[], $2::INT8[], $3::INT8[], $4::BYTEA[], $5::INT8[], $6::INT8[], $7::INT8[], $8::INT8[], $9::INT8[],
                             $10::INT8[], $11::INT8[], $12::INT8[], $13::INT8[])
        ON CONFLICT (device_id, epoch) DO UPDATE SET
          watermark = excluded.watermark, digest = excluded.digest, stored = excluded.stored, refused = excluded.refused, gaps = excluded.gaps,
          updated_at = excluded.updated_at, block_recorded_min = excluded.block_recorded_min, block_recorded_max = excluded.block_recorded_max,
          block_received_min = excluded.block_received_min, block_received_max = excluded.block_received_max
        """;

    private const string UpsertDevices = """
        INSERT INTO sync_status (device_id, boot, nonce, last_seen_at, clock_offset_us, heartbeat, heartbeat_at)
        SELECT * FROM unnest($1::UUID[], $2::INT8[], $3::INT8[], $4::INT8[], $5::INT8[], $6::TEXT[], $7::INT8[])
        ON CONFLICT (device_id) DO UPDATE SET
          boot = excluded.boot, nonce = excluded.nonce, last_seen_at = excluded.last_seen_at, clock_offset_us = excluded.clock_offset_us,
          heartbeat = COALESCE(excluded.heartbeat, sync_status.heartbeat), heartbeat_at = COALESCE(excluded.heartbeat_at, sync_status.heartbeat_at)
        """;

    public static async Task LoadAsync(GroupLedger ledger, IReadOnlyList<WriteRequest> group, DbTransaction transaction, CancellationToken ct)
    {
        var devices = group.Select(request => request.Device).Distinct().Order().Select(device => device.Value).ToArray();
        var streams = group.SelectMany(request => request.Streams).Distinct().Order().ToList();
        var beating = group.OfType<HeartbeatRequest>().Select(request => request.Device.Value).Distinct().ToArray();
        await using (var batch = BatchColumns.BatchOf(transaction))
        {
            batch.Add(InsertMissingDevices).With(devices);
            batch.Add(LockDevices).With(devices);
            batch.Add(SelectIntentVersions).With(devices);
            batch.Add(SelectStreams).With(streams, key => key.Device.Value).With(streams, key => key.Epoch.Value);
            if (beating.Length > 0)
            {
                batch.Add(SelectHeartbeats).With(beating);
                batch.Add(SelectDamage).With(beating);
            }

            await using var reader = await batch.ExecuteReaderAsync(ct);
            await ReadAsync(ledger, reader, beating.Length > 0, ct);
        }

        await LoadRefusalsAsync(ledger, group, transaction, ct);
    }

    /// <summary>Adds the statements that write the streams and devices that have changed.</summary>
    public static void AddTo(NpgsqlBatch batch, GroupLedger ledger)
    {
        if (ledger.ChangedStreams.ToList() is { Count: > 0 } streams)
        {
            batch.Add(UpsertStreams)
                .With(streams, row => row.Key.Device.Value).With(streams, row => row.Key.Epoch.Value).With(streams, row => row.State.Watermark)
                .With(streams, row => row.State.Digest.ToArray()).With(streams, row => row.State.Stored).With(streams, row => row.State.Refused)
                .With(streams, row => row.State.Gaps).With(streams, row => row.State.OpenedAt).With(streams, row => row.State.UpdatedAt)
                .With(streams, row => row.State.Block.RecordedMin).With(streams, row => row.State.Block.RecordedMax)
                .With(streams, row => row.State.Block.ReceivedMin).With(streams, row => row.State.Block.ReceivedMax);
        }

        if (ledger.ChangedDevices.OrderBy(row => row.Key).ToList() is { Count: > 0 } devices)
        {
            batch.Add(UpsertDevices)
                .With(devices, row => row.Key.Value).With(devices, row => row.Value.Newest.Number).With(devices, row => row.Value.Newest.Nonce)
                .With(devices, row => row.Value.LastSeenAt).With(devices, row => row.Value.ClockOffsetMicroseconds)
                .With(devices, row => row.Value.Heartbeat is { } kept ? JsonSerializer.Serialize(kept.Heartbeat, ProtocolJson.Default.Heartbeat) : null)
                .With(devices, row => row.Value.Heartbeat?.ReceivedAt);
        }
    }

    // In the order of the statements.
    private static async Task ReadAsync(GroupLedger ledger, NpgsqlDataReader reader, bool withHeartbeats, CancellationToken ct)
    {
        while (await reader.ReadAsync(ct))
        {
            if (!reader.IsDBNull(1))
            {
                ledger.Runs.PutNewest(DeviceOf(reader), new Boot(reader.GetInt64(1), reader.GetInt64(2)));
            }
        }

        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            ledger.PutIntentVersion(DeviceOf(reader), reader.GetInt64(1));
        }

        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            ledger.PutStream(StreamOf(reader), StreamStore.StateAt(reader, column: 2));
        }

        if (withHeartbeats)
        {
            await reader.NextResultAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                if (JsonSerializer.Deserialize(reader.GetString(1), ProtocolJson.Default.Heartbeat) is { } last)
                {
                    ledger.PutHeartbeat(DeviceOf(reader), last);
                }
            }

            await reader.NextResultAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                ledger.PutDamage(StreamOf(reader), new NumberRange(reader.GetInt64(2), reader.GetInt64(3)));
            }
        }
    }

    private static async Task LoadRefusalsAsync(GroupLedger ledger, IReadOnlyList<WriteRequest> group, DbTransaction transaction, CancellationToken ct)
    {
        var runs = group.OfType<AppendRequest>().SelectMany(append => ledger.RunsToLookUp(append).Select(run => (append.Stream, run.From, run.To))).ToList();
        if (runs.Count == 0)
        {
            return;
        }

        await using var batch = BatchColumns.BatchOf(transaction);
        batch.Add(SelectRefusals).With(runs, run => run.Stream.Device.Value).With(runs, run => run.Stream.Epoch.Value).With(runs, run => run.From).With(runs, run => run.To);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            ledger.PutRefusal(StreamOf(reader), new RefusedReading(reader.GetInt64(2), Words.Parse<ReadingRefusal>(reader.GetString(3))));
        }
    }

    private static DeviceId DeviceOf(NpgsqlDataReader reader) => new(reader.GetGuid(0));

    private static StreamKey StreamOf(NpgsqlDataReader reader) => new(DeviceOf(reader), new Epoch(reader.GetInt64(1)));
}
