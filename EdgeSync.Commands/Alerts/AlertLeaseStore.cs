using System.Data.Common;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Who evaluates alerts: one instance at a time, until it does not come back.</summary>
internal sealed class AlertLeaseStore(ControlPlaneDatabase database)
{
    private const string TakeSql = """
        INSERT INTO alert_lease (lease_id, holder, held_until) VALUES (1, @holder, @until)
        ON CONFLICT (lease_id) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
        WHERE alert_lease.holder = excluded.holder OR alert_lease.held_until <= @now
        """;

    /// <summary>Takes it or keeps it; false while another instance has it.</summary>
    public Task<bool> TakeAsync(string holder, long now, long until, CancellationToken ct) =>
        database.WriteAsync(WriteOnce.Isolation, async transaction => await transaction.ExecuteAsync(TakeSql, new { holder, now, until }) == 1, ct);

    private const string HoldSql = "UPDATE alert_lease SET held_until = held_until WHERE lease_id = 1 AND holder = @holder";

    /// <summary>Keeps others from taking it until the transaction ends; false where it was taken already.</summary>
    public static async Task<bool> HoldAsync(DbTransaction transaction, string holder) => await transaction.ExecuteAsync(HoldSql, new { holder }) == 1;
}
