using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Certificates that were issued for devices.</summary>
internal sealed class CertificateStore(ControlPlaneDatabase database)
{
    private const string InsertSql = """
        INSERT INTO device_certificates (device_id, fingerprint, key_hash, token_id, issued_at, not_after)
        VALUES (@device, @fingerprint, @keyHash, @tokenId, @now, @notAfter)
        """;

    /// <summary>Records one within the transaction that lets its device in.</summary>
    public static Task AddAsync(DbTransaction transaction, DeviceId device, NewCertificate certificate, string? tokenId, long now) =>
        transaction.ExecuteAsync(InsertSql, new { device, fingerprint = certificate.Fingerprint, keyHash = certificate.KeyHash, tokenId, now, notAfter = certificate.NotAfter });

    private const string ExistsSql = "SELECT COUNT(*) FROM device_certificates WHERE device_id = @device AND fingerprint = @fingerprint";

    public static async Task<bool> ExistsAsync(DbTransaction transaction, DeviceId device, Digest fingerprint) =>
        await transaction.ScalarAsync<long>(ExistsSql, new { device, fingerprint }) > 0;

    private const string CountSql = """
        SELECT COUNT(*) AS Certificates,
          COUNT(CASE WHEN key_hash = @keyHash THEN 1 END) AS OfKey,
          COUNT(CASE WHEN key_hash = @keyHash AND token_id = @tokenId THEN 1 END) AS OfKeyAndToken,
          COUNT(CASE WHEN key_hash = @keyHash AND revoked_at IS NOT NULL THEN 1 END) AS OfKeyRevoked
        FROM device_certificates WHERE device_id = @device
        """;

    /// <summary>What is known of a device's certificates; its state is not asked for.</summary>
    public static async Task<EnrollingDevice> CountAsync(DbTransaction transaction, DeviceId device, Digest keyHash, string? tokenId)
    {
        var row = (await transaction.FindAsync<CountRow>(CountSql, new { device, keyHash, tokenId = tokenId ?? "" }))!;
        return new EnrollingDevice(null, row.Certificates, row.OfKey, row.OfKeyAndToken, row.OfKeyRevoked);
    }

    private const string Columns = "fingerprint AS Fingerprint, issued_at AS IssuedAt, not_after AS NotAfter, revoked_at AS RevokedAt, reason AS Reason";

    private const string ListSql = $"""
        SELECT {Columns} FROM device_certificates
        WHERE device_id = @device AND (issued_at < @issuedAt OR (issued_at = @issuedAt AND fingerprint < @fingerprint))
        ORDER BY issued_at DESC, fingerprint DESC LIMIT @limit
        """;

    /// <summary>A device's certificates, the newest first and as they are now: who revokes one looks here.</summary>
    public Task<Page<DeviceCertificateView>> ListAsync(DeviceId device, CertificateCursor after, int limit, CancellationToken ct) =>
        database.ReadAsync(
            async transaction => Paging.ToPage(
                await transaction.QueryAsync<CertificateRow>(ListSql, new { device, issuedAt = after.IssuedAt, fingerprint = after.Fingerprint, limit = limit + 1 }),
                limit,
                row => row.ToView(),
                row => new CertificateCursor(row.IssuedAt, row.Fingerprint).ToString()),
            ct);

    private const string FindSql = $"SELECT {Columns} FROM device_certificates WHERE device_id = @device AND fingerprint = @fingerprint";

    private const string RevokeSql = """
        UPDATE device_certificates SET revoked_at = @now, reason = @reason WHERE device_id = @device AND fingerprint = @fingerprint AND revoked_at IS NULL
        """;

    /// <summary>Revokes one; the first revocation stands. Null for one that the device does not have.</summary>
    public Task<DeviceCertificateView?> RevokeAsync(DeviceId device, Digest fingerprint, string reason, long now, CancellationToken ct) =>
        database.WriteOnceAsync<DeviceCertificateView?>(
            async transaction =>
            {
                var isRevoked = await transaction.ExecuteAsync(RevokeSql, new { device, fingerprint, reason, now }) > 0;
                if (isRevoked)
                {
                    await RevocationStore.RaiseAsync(transaction, now);
                }

                var row = await FindAsync(transaction, device, fingerprint);
                return new(row?.ToView(), isRevoked ? async transaction => (await FindAsync(transaction, device, fingerprint))?.RevokedAt == now : null);
            },
            ct);

    private static Task<CertificateRow?> FindAsync(DbTransaction transaction, DeviceId device, Digest fingerprint) =>
        transaction.FindAsync<CertificateRow>(FindSql, new { device, fingerprint });

    private sealed record CountRow(long Certificates, long OfKey, long OfKeyAndToken, long OfKeyRevoked);

    private sealed class CertificateRow
    {
        public Digest Fingerprint { get; init; }

        public long IssuedAt { get; init; }

        public long NotAfter { get; init; }

        public long? RevokedAt { get; init; }

        public string? Reason { get; init; }

        public DeviceCertificateView ToView() => new(Fingerprint.ToString(), IssuedAt, NotAfter, RevokedAt, Reason);
    }
}
