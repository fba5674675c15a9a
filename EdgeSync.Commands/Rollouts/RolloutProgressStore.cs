using System.Data;
using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What moves rollouts on. Each step is one transaction under the rollout's row, so that several instances make it once.</summary>
internal sealed class RolloutProgressStore(ControlPlaneDatabase database)
{
    // Every row that a step decides about is held by the rollout's row or a document's head, both locked before they are read.
    private const IsolationLevel Isolation = IsolationLevel.ReadCommitted;

    private const string OpenSql = $"SELECT {RolloutRow.Columns} FROM rollouts WHERE state IN ('running', 'paused', 'halted') ORDER BY rollout_id";

    /// <summary>Rollouts that are not over, the oldest first.</summary>
    public Task<List<RolloutRow>> ReadOpenAsync(CancellationToken ct) => database.ReadAsync(transaction => transaction.QueryAsync<RolloutRow>(OpenSql), ct);

    /// <summary>A rollout as it stands now; null when it is gone.</summary>
    public Task<RolloutRow?> FindAsync(RolloutId id, CancellationToken ct) => database.ReadAsync(transaction => RolloutRow.FindAsync(transaction, id), ct);

    public Task<StageCounts> CountAsync(RolloutRow row, CancellationToken ct) =>
        database.ReadAsync(async transaction => (await RolloutRow.CountAsync(transaction, row.Id, row.Stage)).GetValueOrDefault(row.Stage), ct);

    private const string WaitingSql = """
        SELECT device_id FROM rollout_devices WHERE rollout_id = @id AND stage = @stage AND state = 'waiting' ORDER BY device_id LIMIT @limit
        """;

    /// <summary>The next devices of the stage, in the order of their ids.</summary>
    public Task<List<DeviceId>> ReadWaitingAsync(RolloutRow row, int limit, CancellationToken ct) =>
        database.ReadAsync(transaction => transaction.QueryAsync<DeviceId>(WaitingSql, new { id = row.Id, stage = row.Stage, limit }), ct);

    private const string MoveSql = """
        UPDATE rollout_devices SET state = @state, version = COALESCE(@version, version), reason = @reason, changed_at = @now
        WHERE rollout_id = @id AND device_id = @device AND state = @before
        """;

    private const string VersionSql = "SELECT version FROM device_config_heads WHERE device_id = @device";

    private const string IsWaitingSql = "SELECT COUNT(*) FROM rollout_devices WHERE rollout_id = @id AND device_id = @device AND state = 'waiting'";

    /// <summary>Writes the change for devices that still wait for it, while the rollout still runs; what wakes them.</summary>
    public Task<List<DeviceHint>> WriteAsync(
        RolloutRow row, IReadOnlyList<(DeviceId Device, IReadOnlyDictionary<string, JsonValue?> Values)> devices, ConfigHealth? health, long now, CancellationToken ct) =>
        database.WriteOnceAsync<List<DeviceHint>>(
            Isolation,
            async transaction =>
            {
                var hints = new List<DeviceHint>(devices.Count);
                if (await RolloutRow.LockAsync(transaction, row.Id) is not { State: "running" } held || held.Stage != row.Stage)
                {
                    return new(hints, null);
                }

                foreach (var (device, values) in devices)
                {
                    if (await transaction.ScalarAsync<long>(IsWaitingSql, new { id = row.Id, device }) == 0)
                    {
                        continue;
                    }

                    var outcome = (await ConfigStore.WriteAllAsync(transaction, device, values, null, health, now)).Outcome;
                    hints.AddRange(outcome is KeyWritten written ? [new DeviceHint(device, written.IntentVersion)] : []);
                    var refusal = outcome is WriteRefused refused ? string.Join(" ", refused.Errors.All.Values) : null;
                    var version = await transaction.ScalarAsync<long>(VersionSql, new { device });
                    await MoveAsync(transaction, row.Id, device, "waiting", refusal is null ? RolloutDeviceState.Written : RolloutDeviceState.Failed, refusal is null ? version : null, refusal, now);
                }

                return new(hints, async transaction => devices.Count > 0 && await transaction.ScalarAsync<long>(IsWaitingSql, new { id = row.Id, device = devices[0].Device }) == 0);
            },
            ct);

    private const string OutstandingSql = """
        SELECT device_id AS Device, version AS Written, state AS State FROM rollout_devices
        WHERE rollout_id = @id AND state IN ('written', 'failed') AND version IS NOT NULL AND device_id > @after ORDER BY device_id LIMIT @limit
        """;

    private const string KeysSql = $"SELECT device_id AS Device, {ConfigRow.Columns} FROM device_configs WHERE device_id = @device AND config_key IN @keys";

    private const string KeysOfManySql = $"SELECT device_id AS Device, {ConfigRow.Columns} FROM device_configs WHERE device_id = ANY(@devices) AND config_key = ANY(@keys)";

    /// <summary>Takes what devices have reported of the change: those after one in the order of their ids, and at most so many.</summary>
    /// <returns>The last device looked at; null when there was none.</returns>
    public async Task<DeviceId?> LearnAsync(RolloutRow row, DeviceId after, int limit, long now, CancellationToken ct)
    {
        var rollout = row.Rollout;
        var keys = rollout.Values.Keys.ToArray();
        var (last, learnt) = await database.ReadAsync(
            async transaction =>
            {
                var learnt = new List<(DeviceId Device, string Before, RolloutDeviceState State, string? Reason)>();
                var devices = await transaction.QueryAsync<OutstandingRow>(OutstandingSql, new { id = row.Id, after, limit });
                var rows = await ReadKeysAsync(transaction, [.. devices.Select(device => device.Device)], keys);
                foreach (var device in devices)
                {
                    var outcome = RolloutOutcome.Of(rollout.Values, device.Written, [.. rows[device.Device].Select(row => new RolloutKey(row.Key, row.ToEntry(), row.Version, row.ToReport()))]);
                    if (outcome is { } known && Words.Of(known.State) != device.State)
                    {
                        learnt.Add((device.Device, device.State, known.State, known.Reason));
                    }
                }

                return (devices.Count == 0 ? null : (DeviceId?)devices[^1].Device, learnt);
            },
            ct);
        if (learnt.Count > 0)
        {
            await database.WriteAsync(
                Isolation,
                async transaction =>
                {
                    await RolloutRow.LockAsync(transaction, row.Id);
                    foreach (var (device, before, state, reason) in learnt)
                    {
                        await MoveAsync(transaction, row.Id, device, before, state, null, reason, now);
                    }

                    return learnt.Count;
                },
                ct);
        }

        return last;
    }

    private static async Task<ILookup<DeviceId, ConfigRow>> ReadKeysAsync(DbTransaction transaction, IReadOnlyList<DeviceId> devices, string[] keys)
    {
        var rows = new List<ConfigRow>();
        if (!transaction.IsEmbedded())
        {
            rows = await transaction.QueryAsync<ConfigRow>(KeysOfManySql, new { devices = devices.Select(device => device.Value).ToArray(), keys });
        }
        else
        {
            foreach (var device in devices)
            {
                rows.AddRange(await transaction.QueryAsync<ConfigRow>(KeysSql, new { device, keys }));
            }
        }

        return rows.ToLookup(row => row.Device);
    }

    private const string TimeOutSql = """
        UPDATE rollout_devices SET state = 'failed', reason = @reason, changed_at = @now WHERE rollout_id = @id AND stage = @stage AND state = 'written'
        """;

    /// <summary>Makes a step that writes no configuration, where the rollout still stands as it was decided for.</summary>
    public Task<bool> StepAsync(RolloutRow row, RolloutStep step, long now, CancellationToken ct) =>
        database.WriteOnceAsync<bool>(
            Isolation,
            async transaction =>
            {
                if (await RolloutRow.LockAsync(transaction, row.Id) is not { State: "running" } held || (held.Stage, held.StageDoneAt, held.ChangedAt) != (row.Stage, row.StageDoneAt, row.ChangedAt))
                {
                    return new(false, null);
                }

                if (step is RolloutTimesOut over)
                {
                    await transaction.ExecuteAsync(TimeOutSql, new { id = row.Id, stage = row.Stage, reason = over.Reason, now });
                    return new(true, null);
                }

                var next = step switch
                {
                    RolloutSoaks => held with { StageDoneAt = now },
                    RolloutGoesOn => held.With(RolloutState.Running, now, null, stage: held.Stage + 1, restarts: true),
                    RolloutHalts halts => held.With(RolloutState.Halted, now, halts.Reason),
                    RolloutCompletes => held.With(RolloutState.Completed, now, null),
                    _ => throw new ArgumentException($"{step} changes nothing.", nameof(step)),
                };
                await next.SaveAsync(transaction);
                return new(true, next.StandsAsync);
            },
            ct);

    private static Task<int> MoveAsync(
        DbTransaction transaction, RolloutId id, DeviceId device, string before, RolloutDeviceState state, long? version, string? reason, long now) =>
        transaction.ExecuteAsync(MoveSql, new { id, device, before, state = Words.Of(state), version, reason, now });

    private sealed class OutstandingRow
    {
        public DeviceId Device { get; init; }

        public long Written { get; init; }

        public string State { get; init; } = "";
    }
}
