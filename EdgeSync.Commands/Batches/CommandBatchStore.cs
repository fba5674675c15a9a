using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Batches of commands as operators see them.</summary>
internal sealed class CommandBatchStore(ControlPlaneDatabase database)
{
    // A batch is shown with its commands counted: this bounds what one list may count.
    private const int ListMax = 50;

    private const string InsertSql = """
        INSERT INTO command_batches (batch_id, selector, command, idempotency_key, state, devices, created_at, traceparent)
        VALUES (@BatchId, @Selector, @Command, @IdempotencyKey, @State, @Devices, @CreatedAt, @Traceparent)
        ON CONFLICT DO NOTHING
        """;

    private const string FindByKeySql = $"SELECT {CommandBatchRow.Columns} FROM command_batches WHERE idempotency_key = @key";

    /// <summary>Writes a batch down, once for an idempotency key; its commands are created afterwards.</summary>
    public Task<BatchOutcome> CreateAsync(BatchId id, CreateCommandBatch batch, int devices, long now, CancellationToken ct)
    {
        var row = new CommandBatchRow
        {
            BatchId = id,
            Selector = batch.Selector,
            Command = CommandBatchRow.ToText(batch.Command),
            IdempotencyKey = batch.Command.IdempotencyKey,
            State = CommandBatchRow.Creating,
            Devices = devices,
            CreatedAt = now,
            Traceparent = CommandRow.TraceparentNow,
        };
        return database.WriteOnceAsync<BatchOutcome>(
            async transaction =>
            {
                if (await transaction.ExecuteAsync(InsertSql, row) == 1)
                {
                    return new(new BatchCreated(row.ToView(new Dictionary<string, int>())), async transaction => await CommandBatchRow.FindAsync(transaction, id) is not null);
                }

                return new(
                    await FindByKeyAsync(transaction, batch) ?? throw new InvalidOperationException($"The batch id {id} was drawn twice."),
                    null);
            },
            ct);
    }

    /// <summary>What the idempotency key of a batch says already; null when it is new or none.</summary>
    public async Task<BatchOutcome?> FindByKeyAsync(CreateCommandBatch batch, CancellationToken ct) =>
        batch.Command.IdempotencyKey is null ? null : await database.ReadAsync(transaction => FindByKeyAsync(transaction, batch), ct);

    private static async Task<BatchOutcome?> FindByKeyAsync(DbTransaction transaction, CreateCommandBatch batch) =>
        await transaction.FindAsync<CommandBatchRow>(FindByKeySql, new { key = batch.Command.IdempotencyKey }) is not { } existing ? null
            : existing.Selector == batch.Selector && existing.Command == CommandBatchRow.ToText(batch.Command) ? new BatchRepeated(await ToViewAsync(transaction, existing))
            : new BatchKeyTaken(existing.BatchId);

    public Task<CommandBatchView?> FindAsync(BatchId id, CancellationToken ct) =>
        database.ReadAsync(async transaction => await CommandBatchRow.FindAsync(transaction, id) is { } row ? await ToViewAsync(transaction, row) : null, ct);

    private const string ListSql = $"""
        SELECT {CommandBatchRow.Columns} FROM command_batches WHERE batch_id < @before ORDER BY batch_id DESC LIMIT @limit
        """;

    /// <summary>Batches, the newest first. A page may be shorter than its limit.</summary>
    public Task<Page<CommandBatchView>> ListAsync(BatchId? before, int limit, CancellationToken ct) =>
        database.ReadAsync(
            async transaction =>
            {
                var most = Math.Min(limit, ListMax);
                var rows = await transaction.QueryAsync<CommandBatchRow>(ListSql, new { before = before ?? Last, limit = most + 1 });
                var views = new List<CommandBatchView>(most);
                foreach (var row in rows.Take(most))
                {
                    views.Add(await ToViewAsync(transaction, row));
                }

                return new Page<CommandBatchView>(views, rows.Count > most ? views[^1].Id.ToString() : null);
            },
            ct);

    private static readonly BatchId Last = new(Guid.ParseExact("ffffffff-ffff-ffff-ffff-ffffffffffff", "D"));

    private const string CommandsSql = $"""
        SELECT {CommandRow.Columns} FROM commands WHERE batch_id = @id AND command_id > @after ORDER BY command_id LIMIT @limit
        """;

    private const string CommandsByStateSql = $"""
        SELECT {CommandRow.Columns} FROM commands WHERE batch_id = @id AND state = @state AND command_id > @after ORDER BY command_id LIMIT @limit
        """;

    /// <summary>A batch's commands in the order of their creation; null when there is no such batch.</summary>
    public Task<Page<CommandView>?> CommandsAsync(BatchId id, CommandId? after, CommandState? state, int limit, CancellationToken ct) =>
        database.ReadAsync<Page<CommandView>?>(
            async transaction => await CommandBatchRow.FindAsync(transaction, id) is null ? null : Paging.ToPage(
                state is { } wanted
                    ? await transaction.QueryAsync<CommandRow>(CommandsByStateSql, new { id, after = after ?? default, state = Words.Of(wanted), limit = limit + 1 })
                    : await transaction.QueryAsync<CommandRow>(CommandsSql, new { id, after = after ?? default, limit = limit + 1 }),
                limit,
                row => row.ToView(),
                row => row.CommandId.ToString()),
            ct);

    private const string CancelSql = """
        UPDATE command_batches SET state = 'cancelling', reason = @reason WHERE batch_id = @id AND state IN ('creating', 'created')
        """;

    /// <summary>Withdraws a batch: from now on no command of it is created, and its open ones are cancelled afterwards. Null when there is no such batch.</summary>
    public Task<BatchCancelled?> CancelAsync(BatchId id, string reason, CancellationToken ct) =>
        database.WriteOnceAsync<BatchCancelled?>(
            async transaction =>
            {
                var isStep = await transaction.ExecuteAsync(CancelSql, new { id, reason }) == 1;
                if (await CommandBatchRow.FindAsync(transaction, id) is not { } row)
                {
                    return new(null, null);
                }

                return new(
                    new BatchCancelled(await ToViewAsync(transaction, row), isStep),
                    isStep ? async transaction => await CommandBatchRow.FindAsync(transaction, id) is { IsCancelled: true } stands && stands.Reason == reason : null);
            },
            ct);

    private const string CountSql = "SELECT state AS State, COUNT(*) AS Commands FROM commands WHERE batch_id = @id GROUP BY state";

    private static async Task<CommandBatchView> ToViewAsync(DbTransaction transaction, CommandBatchRow row) =>
        row.ToView((await transaction.QueryAsync<StateCount>(CountSql, new { id = row.BatchId })).ToDictionary(count => count.State, count => (int)count.Commands));

    private sealed class StateCount
    {
        public string State { get; init; } = "";

        public long Commands { get; init; }
    }
}

/// <summary>Draws a batch's id: a UUID of version 7, so that ids sort by creation.</summary>
internal delegate BatchId BatchIdSource(DateTimeOffset now);

/// <summary>What became of a wish to create a batch.</summary>
internal abstract record BatchOutcome;

internal sealed record BatchCreated(CommandBatchView Batch) : BatchOutcome;

/// <summary>The same batch was created before.</summary>
internal sealed record BatchRepeated(CommandBatchView Batch) : BatchOutcome;

/// <summary>The idempotency key names a batch with other content.</summary>
internal sealed record BatchKeyTaken(BatchId Other) : BatchOutcome;

/// <summary>The batch after a wish to cancel it, and whether that changed it.</summary>
internal sealed record BatchCancelled(CommandBatchView Batch, bool IsStep);
