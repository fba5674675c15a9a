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
        SELECT epoch, watermark, digest, stored, refused, gaps, expired, opened_at, updated_at
        FROM streams WHERE device_id = $1 ORDER BY opened_at DESC, epoch LIMIT $2
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
                reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8)));
        }

        return streams;
    }
}
