using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Who may not enter, and the version of it.</summary>
internal sealed class RevocationStore(ControlPlaneDatabase database)
{
    /// <summary>Most devices, and most certificates, of a list: what fits into a statement.</summary>
    public const int EntriesMax = 40_000;

    /// <summary>How long a revoked certificate stays on the list after its end: a gateway lets devices renew for so long over a certificate that has expired.</summary>
    public static readonly TimeSpan KeptAfterEnd = TimeSpan.FromDays(30);

    // The time, so that a database that was restored from a backup comes to a higher version than any before with its next change, and gateways follow it again.
    private const string RaiseSql = """
        INSERT INTO revocation_head (head_id, version) VALUES (1, @now)
        ON CONFLICT (head_id) DO UPDATE SET version = CASE WHEN revocation_head.version < excluded.version THEN excluded.version ELSE revocation_head.version + 1 END
        """;

    /// <summary>Raises the version within the transaction that changes the list.</summary>
    public static Task RaiseAsync(DbTransaction transaction, long now) => transaction.ExecuteAsync(RaiseSql, new { now });

    private const string VersionSql = "SELECT version FROM revocation_head WHERE head_id = 1";

    /// <summary>The list's version; 0 while nothing has ever changed.</summary>
    public Task<long> VersionAsync(CancellationToken ct) => database.ReadAsync(VersionAsync, ct);

    private static async Task<long> VersionAsync(DbTransaction transaction) => await transaction.FindAsync<long?>(VersionSql) ?? 0;

    private const string DevicesSql = "SELECT device_id AS Device, state AS State FROM devices WHERE state <> 'active' ORDER BY device_id LIMIT @limit";

    private const string CertificatesSql = """
        SELECT fingerprint FROM device_certificates WHERE revoked_at IS NOT NULL AND not_after > @after ORDER BY not_after LIMIT @limit
        """;

    /// <summary>The whole list on one snapshot; null when it has more than <see cref="EntriesMax"/> of a kind: a list that leaves somebody out would let them in.</summary>
    public Task<RevocationList?> ReadAsync(long now, CancellationToken ct) =>
        database.ReadAsync<RevocationList?>(
            async transaction =>
            {
                var version = await VersionAsync(transaction);
                var devices = await transaction.QueryAsync<DeviceRow>(DevicesSql, new { limit = EntriesMax + 1 });
                var certificates = await transaction.QueryAsync<Digest>(CertificatesSql, new { after = now - (long)KeptAfterEnd.TotalMicroseconds, limit = EntriesMax + 1 });
                return devices.Count > EntriesMax || certificates.Count > EntriesMax ? null : new RevocationList(
                    version,
                    devices.ConvertAll(row => new RefusedDevice(row.Device, Words.Parse<DeviceState>(row.State))),
                    certificates.ConvertAll(fingerprint => fingerprint.ToString()));
            },
            ct);

    private sealed record DeviceRow(DeviceId Device, string State);
}
