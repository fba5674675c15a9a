using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Reads the fleet as a whole: the registry, and what Ingest has heard.</summary>
internal sealed class FleetStore(ControlPlaneDatabase database)
{
    // A row of sync_status without a boot was made only to be locked.
    private const string FromSql = """
        SELECT d.device_id AS Id, d.name AS Name, d.state AS State, d.labels AS Labels, s.last_seen_at AS LastSeenAt, s.clock_offset_us AS ClockOffsetUs,
               h.reason AS Reason, h.reason_since AS ReasonSince, h.agent_version AS AgentVersion, h.interval_ms AS IntervalMs, h.pending_records AS PendingRecords,
               h.pending_bytes AS PendingBytes, h.oldest_pending_at AS OldestPendingAt, h.dead_letters AS DeadLetters, h.disk_free_bytes AS DiskFreeBytes,
               h.database_bytes AS DatabaseBytes, h.database_bytes_max AS DatabaseBytesMax
        FROM devices AS d
        LEFT JOIN sync_status AS s ON s.device_id = d.device_id AND s.boot IS NOT NULL
        LEFT JOIN device_status AS h ON h.device_id = d.device_id
        """;

    private const string SelectSql = $"{FromSql} ORDER BY d.device_id";

    private const string FindSql = $"{FromSql} WHERE d.device_id = @device";

    private const string DamagedSql = "SELECT DISTINCT device_id FROM stream_checks WHERE damaged_from IS NOT NULL";

    private const string StoredSql = "SELECT CAST(COALESCE(SUM(stored), 0) AS INT8) FROM streams";

    private const string HistorySql = """
        SELECT taken_at AS At, reason AS Reason, pending_records AS PendingRecords, pending_bytes AS PendingBytes, oldest_pending_at AS OldestPendingAt,
               disk_free_bytes AS DiskFreeBytes, database_bytes AS DatabaseBytes
        FROM status_history WHERE device_id = @device AND taken_at >= @since ORDER BY taken_at
        """;

    /// <summary>Every device, at one moment.</summary>
    public Task<FleetRows> ReadAsync(CancellationToken ct) => database.ReadAsync(
        async transaction => new FleetRows(
            await transaction.QueryAsync<FleetRow>(SelectSql),
            (await transaction.QueryAsync<DeviceId>(DamagedSql)).ToHashSet(),
            await transaction.ScalarAsync<long>(StoredSql)),
        ct);

    /// <summary>What a device's heartbeats said, about one in five minutes, the oldest first; and the device as it is now, null for one that is not registered.</summary>
    public Task<(List<DeviceSampleRow> Samples, FleetRow? Now)> ReadHistoryAsync(DeviceId device, long since, CancellationToken ct) => database.ReadAsync(
        async transaction => (
            await transaction.QueryAsync<DeviceSampleRow>(HistorySql, new { device, since }),
            await transaction.FindAsync<FleetRow>(FindSql, new { device })),
        ct);
}

/// <summary>The fleet at one moment.</summary>
/// <param name="Devices">In the order of their ids.</param>
/// <param name="Damaged">Those with rows that do not fit what was acknowledged.</param>
/// <param name="Stored">Readings stored so far.</param>
internal sealed record FleetRows(IReadOnlyList<FleetRow> Devices, IReadOnlySet<DeviceId> Damaged, long Stored);

/// <summary>A row of a device's history.</summary>
internal sealed class DeviceSampleRow
{
    public long At { get; init; }

    public string Reason { get; init; } = "";

    public long PendingRecords { get; init; }

    public long PendingBytes { get; init; }

    public long? OldestPendingAt { get; init; }

    public long? DiskFreeBytes { get; init; }

    public long? DatabaseBytes { get; init; }

    public DeviceSample ToView() => new(At, Reason, PendingRecords, PendingBytes, OldestPendingAt, DiskFreeBytes, DatabaseBytes);
}
