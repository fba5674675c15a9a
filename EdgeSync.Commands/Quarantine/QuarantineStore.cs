using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Reads Ingest's proofs that two machines use one device's identity.</summary>
internal sealed class QuarantineStore(ControlPlaneDatabase database)
{
    private const string ProvenSql = """
        SELECT p.device_id AS Device, MAX(p.detected_at) AS ProvenAt FROM clone_proofs p
        JOIN devices d ON d.device_id = p.device_id LEFT JOIN device_states s ON s.device_id = p.device_id
        WHERE p.detected_at >= @since AND d.state = 'active' AND p.detected_at > COALESCE(s.changed_at, 0)
        GROUP BY p.device_id ORDER BY p.device_id LIMIT @limit
        """;

    /// <summary>Active devices with a proof that is newer than the last change of their state.</summary>
    /// <param name="since">Only proofs found from then on, microseconds since 1970.</param>
    /// <param name="limit">How many devices at most.</param>
    /// <param name="ct">Ends waiting for the database.</param>
    public Task<List<ClonedDevice>> ProvenAsync(long since, int limit, CancellationToken ct) =>
        database.ReadAsync(transaction => transaction.QueryAsync<ClonedDevice>(ProvenSql, new { since, limit }), ct);
}

/// <summary>A device whose identity two machines have used at once.</summary>
internal sealed class ClonedDevice
{
    public DeviceId Device { get; init; }

    /// <summary>When the newest proof was found, microseconds since 1970.</summary>
    public long ProvenAt { get; init; }
}
