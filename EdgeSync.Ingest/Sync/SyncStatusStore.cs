using System.Data.Common;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>Reads how a device's sync stands.</summary>
internal sealed class SyncStatusStore(ControlPlaneDatabase database)
{
    private const int StreamsMax = 100;

    // A row without a boot was made only to be locked.
    private const string SelectDevice = "SELECT boot, nonce, last_seen_at, clock_offset_us, heartbeat FROM sync_status WHERE device_id = $1 AND boot IS NOT NULL";

    private const string SelectStreams = """
        SELECT s.epoch, s.watermark, s.digest, s.stored, s.refused, s.gaps, s.expired, s.opened_at, s.updated_at, s.floor_seq,
               c.verified_at, c.damaged_from, c.damaged_to, c.found_at, r.signed_to, r.signed_at
        FROM streams AS s LEFT JOIN stream_checks AS c ON c.device_id = s.device_id AND c.epoch = s.epoch
          LEFT JOIN stream_receipts AS r ON r.device_id = s.device_id AND r.epoch = s.epoch
        WHERE s.device_id = $1 ORDER BY s.opened_at DESC, s.epoch LIMIT $2
        """;

    /// <summary>The device's status with its newest streams, at most 100; null when it was never seen. On a cluster it may be some seconds old.</summary>
    public Task<DeviceSyncStatus?> ReadAsync(DeviceId device, CancellationToken ct) =>
        database.ReadStaleAsync(transaction => ReadAsync(device, transaction, ct), ct);

    private static async Task<DeviceSyncStatus?> ReadAsync(DeviceId device, DbTransaction transaction, CancellationToken ct)
    {
        var streams = await ReadStreamsAsync(device, transaction, ct);
        await using var select = new Statement(transaction, SelectDevice, 1);
        await using var reader = await select.ReadAsync(ct, device);
        if (!await reader.ReadAsync(ct))
        {
            return null;
        }

        var heartbeat = reader.GetNullableString(4) is { } text ? JsonSerializer.Deserialize(text, ProtocolJson.Default.Heartbeat) : null;
        return new DeviceSyncStatus(device, streams, reader.GetInt64(2), reader.GetNullableInt64(3), new Boot(reader.GetInt64(0), reader.GetInt64(1)), heartbeat);
    }

    private static async Task<List<StreamStatus>> ReadStreamsAsync(DeviceId device, DbTransaction transaction, CancellationToken ct)
    {
        await using var select = new Statement(transaction, SelectStreams, 2);
        await using var reader = await select.ReadAsync(ct, device, StreamsMax);
        var streams = new List<StreamStatus>();
        while (await reader.ReadAsync(ct))
        {
            streams.Add(new StreamStatus(
                new Epoch(reader.GetInt64(0)), reader.GetInt64(1), reader.GetDigest(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5),
                reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetNullableInt64(10),
                reader.GetNullableInt64(11) is { } from && reader.GetNullableInt64(12) is { } to ? new NumberRange(from, to) : null, reader.GetNullableInt64(13),
                reader.GetNullableInt64(14), reader.GetNullableInt64(15)));
        }

        return streams;
    }
}
