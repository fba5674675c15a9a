using System.Data;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Deletes what is long over: finished commands and their batches, resolved conflicts, rollouts, enrolment tokens and certificates.</summary>
internal sealed class HistoryStore(ControlPlaneDatabase database)
{
    // Each statement deletes by age alone, so several instances may do the same at once: one waits for the other and finds nothing left. On a snapshot it would begin anew.
    private const IsolationLevel Isolation = IsolationLevel.ReadCommitted;

    private const string PageSql = "SELECT device_id FROM devices WHERE device_id > @after ORDER BY device_id LIMIT @limit";

    private const string CommandsSql = "DELETE FROM commands WHERE device_id > @after AND device_id <= @last AND completed_at < @cutoff";

    private const string ConflictsSql = "DELETE FROM conflict_log WHERE device_id > @after AND device_id <= @last AND resolved_at < @cutoff";

    /// <summary>Deletes what ended before a time, of the devices that follow one in the order of their ids.</summary>
    /// <returns>How many rows went, and the last device looked at; null when there was none.</returns>
    public Task<(int Deleted, DeviceId? Last)> ForgetAsync(DeviceId after, int devices, long cutoff, CancellationToken cancellationToken) =>
        database.WriteAsync<(int, DeviceId?)>(
            Isolation,
            async transaction =>
            {
                var page = await transaction.QueryAsync<DeviceId>(PageSql, new { after, limit = devices });
                if (page.Count == 0)
                {
                    return (0, null);
                }

                var range = new { after, last = page[^1], cutoff };
                return (await transaction.ExecuteAsync(CommandsSql, range) + await transaction.ExecuteAsync(ConflictsSql, range), page[^1]);
            },
            cancellationToken);

    private const string BatchesSql = """
        DELETE FROM command_batches WHERE batch_id IN (
          SELECT b.batch_id FROM command_batches b
          WHERE b.created_at < @cutoff AND b.state IN ('created', 'cancelled') AND NOT EXISTS (SELECT 1 FROM commands c WHERE c.batch_id = b.batch_id)
          LIMIT @limit)
        """;

    /// <summary>Deletes batches of commands that were created before a time and have no command left, at most so many; how many went.</summary>
    public Task<int> ForgetBatchesAsync(long cutoff, int limit, CancellationToken cancellationToken) =>
        database.WriteAsync(Isolation, transaction => transaction.ExecuteAsync(BatchesSql, new { cutoff, limit }), cancellationToken);

    private const string OverSql = "SELECT rollout_id FROM rollouts WHERE state IN ('completed', 'aborted') AND changed_at < @cutoff ORDER BY rollout_id LIMIT 1";

    private const string RolloutSql = "DELETE FROM rollouts WHERE rollout_id = @id";

    private const string RolloutDevicesSql = "DELETE FROM rollout_devices WHERE rollout_id = @id";

    /// <summary>Deletes one rollout that ended before a time, with its devices; how many rows went, 0 when there was none.</summary>
    public Task<int> ForgetRolloutAsync(long cutoff, CancellationToken cancellationToken) =>
        database.WriteOnceAsync<int>(
            Isolation,
            async transaction =>
            {
                if (await transaction.QueryAsync<RolloutId>(OverSql, new { cutoff }) is not [var id])
                {
                    return new(0, null);
                }

                // The rollout's row first: another instance waits there, and not at one of its many devices.
                var deleted = await transaction.ExecuteAsync(RolloutSql, new { id }) + await transaction.ExecuteAsync(RolloutDevicesSql, new { id });
                return new(deleted, async transaction => await RolloutRow.FindAsync(transaction, id) is null);
            },
            cancellationToken);

    private const string TokensSql = "DELETE FROM enrolment_tokens WHERE expires_at < @cutoff";

    // A device's newest certificate stays for good: it tells that the device has enrolled.
    private const string CertificatesSql = """
        DELETE FROM device_certificates WHERE (device_id, fingerprint) IN (
          SELECT old.device_id, old.fingerprint FROM device_certificates old
          WHERE old.not_after < @cutoff AND EXISTS (
            SELECT 1 FROM device_certificates newer WHERE newer.device_id = old.device_id AND newer.issued_at > old.issued_at)
          LIMIT @limit)
        """;

    /// <summary>Deletes enrolment tokens and certificates that ended before a time, and at most so many certificates; how many rows went of each.</summary>
    public Task<(int Tokens, int Certificates)> ForgetAccessAsync(long cutoff, int limit, CancellationToken cancellationToken) =>
        database.WriteAsync(
            Isolation,
            async transaction => (await transaction.ExecuteAsync(TokensSql, new { cutoff }), await transaction.ExecuteAsync(CertificatesSql, new { cutoff, limit })),
            cancellationToken);
}
