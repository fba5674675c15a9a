using System.Data;
using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>
/// A batch's commands, some hundreds in a transaction. Any instance goes on where another stopped: the transaction that creates a chunk moves the batch's place from where it was read,
/// so that of two which would create the same chunk one finds it moved.
/// </summary>
internal sealed class BatchChunkStore(ControlPlaneDatabase database, CommandIdSource ids)
{
    /// <summary>Devices of one chunk.</summary>
    public const int ChunkMax = 500;

    // Each statement sees what was committed before it, and waits for whoever holds a row that it writes. A snapshot would begin anew whenever one of 500 devices moves a command meanwhile.
    private const IsolationLevel Isolation = IsolationLevel.ReadCommitted;

    private const string OpenSql = $"SELECT {CommandBatchRow.Columns} FROM command_batches WHERE state IN ('creating', 'cancelling') ORDER BY batch_id LIMIT @limit";

    /// <summary>Batches with something to do, the oldest first.</summary>
    public Task<List<CommandBatchRow>> OpenAsync(int limit, CancellationToken ct) =>
        database.ReadAsync(transaction => transaction.QueryAsync<CommandBatchRow>(OpenSql, new { limit }), ct);

    private const string MoveSql = """
        UPDATE command_batches SET state = @state, last_device = @last
        WHERE batch_id = @id AND state = 'creating' AND (last_device = @after OR (last_device IS NULL AND @after = @none))
        """;

    /// <summary>Creates the commands of the next devices, which are named in the order of their ids; fewer than <see cref="ChunkMax"/> are the last.</summary>
    /// <returns>Null where the batch was moved or cancelled meanwhile.</returns>
    public Task<ChunkOutcome?> CreateAsync(CommandBatchRow batch, IReadOnlyList<DeviceId> devices, DateTimeOffset at, CancellationToken ct)
    {
        var command = batch.ToCommand();
        var now = Microseconds.From(at);
        var expiresAt = CommandRules.ExpiresAt(command, batch.CreatedAt);
        var rows = devices.Select(device => CommandRow.New(device, ids(at), command, batch.BatchId, now, expiresAt) with { Traceparent = batch.Traceparent }).ToList();
        var isLast = devices.Count < ChunkMax;
        var after = batch.LastDevice ?? default;
        var last = devices.Count > 0 ? devices[^1] : after;
        var move = new { id = batch.BatchId, state = isLast ? CommandBatchRow.Created : CommandBatchRow.Creating, last, after, none = default(DeviceId) };
        return database.WriteOnceAsync<ChunkOutcome?>(
            Isolation,
            async transaction =>
            {
                if (await transaction.ExecuteAsync(MoveSql, move) == 0)
                {
                    return new(null, null);
                }

                // First, since it holds the devices' rows: whoever else supersedes a command of them comes before or after.
                var woken = await HintStore.BumpAsync(transaction, devices, now);
                var work = new CommandWork();
                var newer = rows.ToDictionary(row => row.DeviceId, row => row.CommandId);
                work.Supersede(command.Supersedes is { } key ? await HoldSupersededAsync(transaction, devices, key) : [], device => newer[device], now);
                await work.SaveAsync(transaction);
                var versions = woken.ToDictionary(hint => hint.Device, hint => hint.IntentVersion);
                await InsertAsync(transaction, rows.ConvertAll(row => row with { IntentOrder = versions[row.DeviceId] }));
                return new(
                    new ChunkOutcome(rows.Count, woken, work.Steps, isLast),
                    rows is [var first, ..]
                        ? async transaction => await CommandRow.FindAsync(transaction, first.DeviceId, first.CommandId) is not null
                        : async transaction => (await CommandBatchRow.FindAsync(transaction, batch.BatchId))?.State == move.state);
            },
            ct);
    }

    private const string InsertSql = """
        INSERT INTO commands (device_id, command_id, kind, payload, priority, intent_order, state, created_at, expires_at, supersede_key, batch_id, traceparent)
        VALUES (@DeviceId, @CommandId, @Kind, @Payload, @Priority, @IntentOrder, @State, @CreatedAt, @ExpiresAt, @SupersedeKey, @BatchId, @Traceparent)
        """;

    private const string InsertManySql = """
        INSERT INTO commands (device_id, command_id, kind, payload, priority, intent_order, state, created_at, expires_at, supersede_key, batch_id, traceparent)
        SELECT r.device_id, r.command_id, @Kind, @Payload, @Priority, r.intent_order, @State, @CreatedAt, @ExpiresAt, @SupersedeKey, @BatchId, @Traceparent
        FROM unnest(@devices, @ids, @orders) AS r(device_id, command_id, intent_order)
        """;

    private static Task InsertAsync(DbTransaction transaction, List<CommandRow> rows) => rows switch
    {
        [] => Task.CompletedTask,
        _ when transaction.IsEmbedded() => transaction.ExecuteAsync(InsertSql, rows),
        [var row, ..] => transaction.ExecuteAsync(InsertManySql, new
        {
            devices = rows.Select(row => row.DeviceId.Value).ToArray(),
            ids = rows.Select(row => row.CommandId.Value).ToArray(),
            orders = rows.Select(row => row.IntentOrder).ToArray(),
            row.Kind,
            row.Payload,
            row.Priority,
            row.State,
            row.CreatedAt,
            row.ExpiresAt,
            row.SupersedeKey,
            row.BatchId,
            row.Traceparent,
        }),
    };

    private const string HoldSupersededSql = $"""
        UPDATE commands SET supersede_key = supersede_key
        WHERE device_id = @device AND supersede_key = @key AND state IN ('pending', 'leased') RETURNING {CommandRow.Columns}
        """;

    private const string HoldManySupersededSql = $"""
        UPDATE commands SET supersede_key = supersede_key
        WHERE device_id = ANY(@devices) AND supersede_key = @key AND state IN ('pending', 'leased') RETURNING {CommandRow.Columns}
        """;

    private static async Task<List<CommandRow>> HoldSupersededAsync(DbTransaction transaction, IReadOnlyList<DeviceId> devices, string key)
    {
        if (!transaction.IsEmbedded())
        {
            return await transaction.QueryAsync<CommandRow>(HoldManySupersededSql, new { devices = devices.Select(device => device.Value).ToArray(), key });
        }

        var rows = new List<CommandRow>();
        foreach (var device in devices)
        {
            rows.AddRange(await transaction.QueryAsync<CommandRow>(HoldSupersededSql, new { device, key }));
        }

        return rows;
    }

    private const string HoldOpenSql = $"""
        UPDATE commands SET batch_id = batch_id
        WHERE (device_id, command_id) IN (
          SELECT device_id, command_id FROM commands WHERE batch_id = @id AND state IN ('pending', 'leased', 'delivered') ORDER BY command_id LIMIT @limit)
        AND state IN ('pending', 'leased', 'delivered')
        RETURNING {CommandRow.Columns}
        """;

    private const string OpenLeftSql = """
        SELECT COUNT(*) FROM (SELECT 1 FROM commands WHERE batch_id = @id AND state IN ('pending', 'leased', 'delivered') LIMIT 1) AS still
        """;

    private const string EndSql = "UPDATE command_batches SET state = 'cancelled' WHERE batch_id = @id AND state = 'cancelling'";

    /// <summary>Cancels the next open commands of a cancelled batch.</summary>
    public Task<ChunkOutcome> CancelAsync(CommandBatchRow batch, long now, CancellationToken ct) =>
        database.WriteOnceAsync<ChunkOutcome>(
            Isolation,
            async transaction =>
            {
                var work = new CommandWork();
                foreach (var row in await transaction.QueryAsync<CommandRow>(HoldOpenSql, new { id = batch.BatchId, limit = ChunkMax }))
                {
                    work.Step(row, CommandLifecycle.Expire(row.Status, now) ?? CommandLifecycle.Cancel(row.Status, batch.Reason ?? "", now) ?? row.Status);
                }

                var stands = await work.SaveAsync(transaction);
                var isLast = await transaction.ScalarAsync<long>(OpenLeftSql, new { id = batch.BatchId }) == 0;
                if (isLast)
                {
                    await transaction.ExecuteAsync(EndSql, new { id = batch.BatchId });
                }

                return new(new ChunkOutcome(0, [], work.Steps, isLast), stands);
            },
            ct);
}

/// <summary>What a chunk did.</summary>
/// <param name="Created">Commands that it created.</param>
/// <param name="Woken">Devices that have something to pull now.</param>
/// <param name="Steps">Commands that were cancelled, or had expired.</param>
/// <param name="IsLast">Nothing of the batch is left to do.</param>
internal sealed record ChunkOutcome(int Created, IReadOnlyList<DeviceHint> Woken, IReadOnlyList<CommandStep> Steps, bool IsLast);
