using System.Data.Common;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Enrolment tokens as operators see them, and as an enrolment uses them up.</summary>
internal sealed class EnrolmentTokenStore(ControlPlaneDatabase database)
{
    private const string InsertSql = """
        INSERT INTO enrolment_tokens (token_id, secret_hash, devices, used, labels, device_id, created_at, expires_at)
        VALUES (@TokenId, @secretHash, @Devices, 0, @Labels, @DeviceId, @CreatedAt, @ExpiresAt) ON CONFLICT DO NOTHING
        """;

    /// <summary>Stores a new token; of the secret only its hash.</summary>
    public Task<EnrolmentTokenView> CreateAsync(string id, Digest secretHash, CreateEnrolmentToken create, long now, CancellationToken ct)
    {
        var row = new EnrolmentTokenRow
        {
            TokenId = id,
            Devices = create.Devices,
            Labels = JsonSerializer.Serialize(create.Labels ?? [], ProtocolJson.Default.DictionaryStringString),
            DeviceId = create.Device,
            CreatedAt = now,
            ExpiresAt = now + (long)TimeSpan.FromSeconds(create.ExpiresInSeconds).TotalMicroseconds,
        };
        return database.WriteOnceAsync<EnrolmentTokenView>(
            async transaction =>
            {
                await transaction.ExecuteAsync(InsertSql, new { row.TokenId, secretHash, row.Devices, row.Labels, row.DeviceId, row.CreatedAt, row.ExpiresAt });
                return new(row.ToView(), null);
            },
            ct);
    }

    private const string ListSql = $"SELECT {EnrolmentTokenRow.Columns} FROM enrolment_tokens WHERE token_id > @after ORDER BY token_id LIMIT @limit";

    /// <summary>Tokens in the order of their creation, the newest too: an operator looks here for what was just created.</summary>
    public Task<Page<EnrolmentTokenView>> ListAsync(string after, int limit, CancellationToken ct) =>
        database.ReadAsync(
            async transaction => Paging.ToPage(
                await transaction.QueryAsync<EnrolmentTokenRow>(ListSql, new { after, limit = limit + 1 }), limit, row => row.ToView(), row => row.TokenId),
            ct);

    // The first revocation stands.
    private const string RevokeSql = "UPDATE enrolment_tokens SET revoked_at = COALESCE(revoked_at, @now) WHERE token_id = @id";

    /// <summary>From now on nobody enrols with it; false for a token that does not exist.</summary>
    public Task<bool> RevokeAsync(string id, long now, CancellationToken ct) =>
        database.WriteAsync(WriteOnce.Isolation, async transaction => await transaction.ExecuteAsync(RevokeSql, new { id, now }) > 0, ct);

    private const string ExistsSql = "SELECT COUNT(*) FROM enrolment_tokens WHERE secret_hash = @secretHash";

    /// <summary>Whether there is such a token. Asked before anything is written or signed: whoever has no secret costs a look.</summary>
    public Task<bool> ExistsAsync(Digest secretHash, CancellationToken ct) =>
        database.ReadAsync(async transaction => await transaction.ScalarAsync<long>(ExistsSql, new { secretHash }) > 0, ct);

    private const string LockSql = $"UPDATE enrolment_tokens SET used = used WHERE secret_hash = @secretHash RETURNING {EnrolmentTokenRow.Columns}";

    /// <summary>Holds the token's row until the transaction ends: its enrolments come one after another.</summary>
    public static Task<EnrolmentTokenRow?> LockAsync(DbTransaction transaction, Digest secretHash) =>
        transaction.FindAsync<EnrolmentTokenRow>(LockSql, new { secretHash });

    private const string UseSql = "UPDATE enrolment_tokens SET used = used + 1 WHERE token_id = @id";

    public static Task UseAsync(DbTransaction transaction, string id) => transaction.ExecuteAsync(UseSql, new { id });
}
