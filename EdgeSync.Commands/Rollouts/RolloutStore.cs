using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Rollouts as operators see and steer them.</summary>
internal sealed class RolloutStore(ControlPlaneDatabase database)
{
    private const string FindByKeySql = $"SELECT {RolloutRow.Columns} FROM rollouts WHERE idempotency_key = @key";

    /// <summary>The rollout that an idempotency key names.</summary>
    public Task<RolloutView?> FindAsync(string key, CancellationToken ct) =>
        database.ReadAsync(async transaction => await transaction.FindAsync<RolloutRow>(FindByKeySql, new { key }) is { } row ? await ViewAsync(transaction, row) : null, ct);

    public Task<RolloutView?> FindAsync(RolloutId id, CancellationToken ct) =>
        database.ReadAsync(async transaction => await RolloutRow.FindAsync(transaction, id) is { } row ? await ViewAsync(transaction, row) : null, ct);

    private const string InsertSql = """
        INSERT INTO rollouts (rollout_id, rollout, idempotency_key, state, stage, stage_started_at, created_at, changed_at)
        VALUES (@id, @text, @key, @state, 1, @now, @now, @now) ON CONFLICT DO NOTHING
        """;

    private const string DeviceSql = "INSERT INTO rollout_devices (rollout_id, device_id, stage, state) VALUES (@id, @device, @stage, @state)";

    private const string DevicesSql = """
        INSERT INTO rollout_devices (rollout_id, device_id, stage, state) SELECT @id, d.device_id, d.stage, @state FROM unnest(@devices, @stages) AS d(device_id, stage)
        """;

    /// <summary>Creates a rollout with its devices; null where its idempotency key has been taken meanwhile.</summary>
    public Task<RolloutView?> CreateAsync(RolloutId id, CreateRollout rollout, IReadOnlyList<PlannedDevice> devices, long now, CancellationToken ct)
    {
        var (running, waiting) = (Words.Of(RolloutState.Running), Words.Of(RolloutDeviceState.Waiting));
        return database.WriteOnceAsync<RolloutView?>(
            async transaction =>
            {
                if (await transaction.ExecuteAsync(InsertSql, new { id, text = RolloutRow.ToText(rollout), key = rollout.IdempotencyKey, state = running, now }) == 0)
                {
                    return new(null, null);
                }

                await (transaction.IsEmbedded()
                    ? transaction.ExecuteAsync(DeviceSql, devices.Select(device => new { id, device = device.Device, stage = device.Stage, state = waiting }))
                    : transaction.ExecuteAsync(DevicesSql, new
                    {
                        id,
                        devices = devices.Select(device => device.Device.Value).ToArray(),
                        stages = devices.Select(device => (long)device.Stage).ToArray(),
                        state = waiting,
                    }));
                var row = (await RolloutRow.FindAsync(transaction, id))!;
                return new(await ViewAsync(transaction, row), async transaction => await RolloutRow.FindAsync(transaction, id) is not null);
            },
            ct);
    }

    private const string ListSql = $"SELECT {RolloutRow.Columns} FROM rollouts WHERE rollout_id < @before ORDER BY rollout_id DESC LIMIT @limit";

    private static readonly RolloutId Last = new(new Guid("ffffffff-ffff-ffff-ffff-ffffffffffff"));

    /// <summary>The newest first.</summary>
    public Task<Page<RolloutView>> ListAsync(RolloutId? after, int limit, CancellationToken ct) =>
        database.ReadAsync(
            async transaction =>
            {
                var rows = await transaction.QueryAsync<RolloutRow>(ListSql, new { before = after ?? Last, limit = limit + 1 });
                var views = new List<RolloutView>();
                foreach (var row in rows.Take(limit))
                {
                    views.Add(await ViewAsync(transaction, row));
                }

                return new Page<RolloutView>(views, rows.Count > limit ? rows[limit - 1].Id.ToString() : null);
            },
            ct);

    private const string ListDevicesSql = """
        SELECT device_id AS Device, stage AS Stage, state AS State, reason AS Reason, changed_at AS ChangedAt FROM rollout_devices
        WHERE rollout_id = @id AND device_id > @after AND (@state = '' OR state = @state) ORDER BY device_id LIMIT @limit
        """;

    /// <summary>A rollout's devices in the order of their ids.</summary>
    public Task<Page<RolloutDeviceView>> ListDevicesAsync(RolloutId id, DeviceId? after, RolloutDeviceState? state, int limit, CancellationToken ct) =>
        database.ReadAsync(
            async transaction => Paging.ToPage(
                await transaction.QueryAsync<DeviceRow>(ListDevicesSql, new { id, after = after ?? default, state = state is { } wanted ? Words.Of(wanted) : "", limit = limit + 1 }),
                limit,
                row => new RolloutDeviceView(row.Device, row.Stage, Words.Parse<RolloutDeviceState>(row.State), row.Reason, row.ChangedAt),
                row => row.Device.ToString()),
            ct);

    /// <summary>Changes a rollout's course; null for one that does not exist.</summary>
    /// <param name="id">The rollout.</param>
    /// <param name="wanted">Running, paused or aborted.</param>
    /// <param name="change">Why, and the limit from now on.</param>
    /// <param name="now">Microseconds since 1970.</param>
    /// <param name="ct">Cancels.</param>
    public Task<SteerOutcome?> SteerAsync(RolloutId id, RolloutState wanted, RolloutChange change, long now, CancellationToken ct) =>
        database.WriteOnceAsync<SteerOutcome?>(
            async transaction =>
            {
                if (await RolloutRow.LockAsync(transaction, id) is not { } row)
                {
                    return new(null, null);
                }

                var stand = row.Stand((await RolloutRow.CountAsync(transaction, id, row.Stage)).GetValueOrDefault(row.Stage));
                var rollout = row.Rollout;
                var limit = change.FailurePercentMax ?? rollout.FailurePercentMax ?? 0;
                if (RolloutDecision.WhyNot(stand, wanted, limit) is { } why)
                {
                    return new(new SteerOutcome(await ViewAsync(transaction, row), why), null);
                }

                if (stand.State == wanted && (limit == rollout.FailurePercentMax || wanted == RolloutState.Aborted))
                {
                    return new(new SteerOutcome(await ViewAsync(transaction, row), null), null);
                }

                // A stage's time runs anew after a stop, which was nobody's delay.
                var steered = row.With(
                    wanted, now, wanted == RolloutState.Running ? null : change.Reason, rollout with { FailurePercentMax = limit }, restarts: wanted == RolloutState.Running && stand.State != wanted);
                await steered.SaveAsync(transaction);
                return new(new SteerOutcome(await ViewAsync(transaction, steered), null), steered.StandsAsync);
            },
            ct);

    private static async Task<RolloutView> ViewAsync(DbTransaction transaction, RolloutRow row) => row.ToView(await RolloutRow.CountAsync(transaction, row.Id));

    private sealed class DeviceRow
    {
        public DeviceId Device { get; init; }

        public int Stage { get; init; }

        public string State { get; init; } = "";

        public string? Reason { get; init; }

        public long? ChangedAt { get; init; }
    }
}

/// <summary>A rollout after a wish to change its course, and why it was refused; null where it was not.</summary>
internal sealed record SteerOutcome(RolloutView Rollout, string? Refusal);
