using System.Data.Common;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>Superseded runs and proofs of clones. Asked only when a device's program has started anew, so a statement for each device is enough.</summary>
internal static class RunStore
{
    private const string SelectSql = "SELECT nonce AS Nonce, by_returned AS ByReturned FROM superseded_runs WHERE device_id = @device";

    private const string InsertSql = """
        INSERT INTO superseded_runs (device_id, nonce, by_returned, superseded_at) VALUES (@device, @nonce, @byReturned, @at)
        ON CONFLICT (device_id, nonce) DO UPDATE SET by_returned = excluded.by_returned, superseded_at = excluded.superseded_at
        """;

    private const string PruneSql = """
        DELETE FROM superseded_runs WHERE device_id = @device
        AND nonce NOT IN (SELECT nonce FROM superseded_runs WHERE device_id = @device ORDER BY superseded_at DESC, nonce LIMIT 8)
        """;

    private const string ForgetSql = "DELETE FROM superseded_runs WHERE device_id = @device";

    private const string ProofSql = """
        INSERT INTO clone_proofs (device_id, detected_at, nonce, boot) VALUES (@device, @at, @nonce, @boot)
        ON CONFLICT (device_id, detected_at) DO NOTHING
        """;

    /// <summary>After the devices are locked and their newest runs are known.</summary>
    public static async Task LoadAsync(RunLedger runs, IReadOnlyList<WriteRequest> group, DbTransaction transaction)
    {
        foreach (var device in runs.ToLookUp(group).ToList())
        {
            runs.PutSuperseded(device, (await transaction.QueryAsync<Row>(SelectSql, new { device })).Select(row => new SupersededRun(row.Nonce, row.ByReturned != 0)));
        }
    }

    public static async Task SaveAsync(RunLedger runs, DbTransaction transaction)
    {
        foreach (var proof in runs.Proofs)
        {
            await transaction.ExecuteAsync(ProofSql, new { device = proof.Device, at = proof.DetectedAt, nonce = proof.Run.Nonce, boot = proof.Run.Number });
            await transaction.ExecuteAsync(ForgetSql, new { device = proof.Device });
        }

        foreach (var (device, run, at) in runs.Changed)
        {
            await transaction.ExecuteAsync(InsertSql, new { device, nonce = run.Nonce, byReturned = run.ByReturned ? 1L : 0L, at });
            await transaction.ExecuteAsync(PruneSql, new { device });
        }
    }

    private sealed record Row(long Nonce, long ByReturned);
}
