using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What devices may do, and why. Each change raises the version of the list that gateways ask for, in the same transaction.</summary>
internal sealed class DeviceStateStore(ControlPlaneDatabase database)
{
    private const string SetSql = "UPDATE devices SET state = @state, updated_at = @now WHERE device_id = @device AND state <> @state";

    private const string ReasonSql = """
        INSERT INTO device_states (device_id, reason, changed_at) VALUES (@device, @reason, @now)
        ON CONFLICT (device_id) DO UPDATE SET reason = excluded.reason, changed_at = excluded.changed_at
        """;

    /// <summary>Sets a registered device's state by an operator's word; the device afterwards, null for one that is not registered.</summary>
    public Task<DeviceView?> SetAsync(DeviceId device, DeviceState state, string reason, long now, CancellationToken ct) =>
        database.WriteOnceAsync<DeviceView?>(
            async transaction =>
            {
                if (await DeviceStore.LockAsync(transaction, device) is null)
                {
                    return new(null, null);
                }

                await SetAsync(transaction, device, state, reason, now);
                return new(await DeviceStore.FindAsync(transaction, device), transaction => StandsAsync(transaction, device, reason, now));
            },
            ct);

    private const string ReleasedSql = "SELECT changed_at FROM device_states WHERE device_id = @device";

    /// <summary>Quarantines an active device by a proof that is newer than the last change of its state; false where there is nothing to do.</summary>
    public Task<bool> QuarantineAsync(DeviceId device, long provenAt, string reason, long now, CancellationToken ct) =>
        database.WriteOnceAsync<bool>(
            async transaction =>
            {
                if (await DeviceStore.LockAsync(transaction, device) is not DeviceState.Active
                    || await transaction.FindAsync<long?>(ReleasedSql, new { device }) >= provenAt)
                {
                    return new(false, null);
                }

                await SetAsync(transaction, device, DeviceState.Quarantined, reason, now);
                return new(true, transaction => StandsAsync(transaction, device, reason, now));
            },
            ct);

    private static async Task SetAsync(DbTransaction transaction, DeviceId device, DeviceState state, string reason, long now)
    {
        var isChange = await transaction.ExecuteAsync(SetSql, new { device, state = Words.Of(state), now }) > 0;
        await transaction.ExecuteAsync(ReasonSql, new { device, reason, now });
        if (isChange)
        {
            await RevocationStore.RaiseAsync(transaction, now);
        }
    }

    private const string StandsSql = "SELECT COUNT(*) FROM device_states WHERE device_id = @device AND reason = @reason AND changed_at = @now";

    private static async Task<bool> StandsAsync(DbTransaction transaction, DeviceId device, string reason, long now) =>
        await transaction.ScalarAsync<long>(StandsSql, new { device, reason, now }) > 0;
}
