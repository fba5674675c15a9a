using System.Data;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Commands as operators see them.</summary>
internal sealed class CommandStore(ControlPlaneDatabase database)
{
    private const string InsertSql = """
        INSERT INTO commands (device_id, command_id, kind, payload, idempotency_key, priority, state, created_at, expires_at, supersede_key, traceparent)
        VALUES (@DeviceId, @CommandId, @Kind, @Payload, @IdempotencyKey, @Priority, @State, @CreatedAt, @ExpiresAt, @SupersedeKey, @Traceparent)
        ON CONFLICT DO NOTHING
        """;

    private const string FindByKeySql = $"SELECT {CommandRow.Columns} FROM commands WHERE device_id = @device AND idempotency_key = @key";

    private const string HoldSupersededSql = $"""
        UPDATE commands SET supersede_key = supersede_key
        WHERE device_id = @device AND supersede_key = @key AND state IN ('pending', 'leased') AND command_id <> @id RETURNING {CommandRow.Columns}
        """;

    /// <summary>
    /// Creates a command, once for an idempotency key, and cancels what it supersedes. Each statement sees what was committed before it: many commands for one device at once wait for
    /// its hint's row in turn, where on one snapshot all but one of them would begin anew, again and again.
    /// </summary>
    public Task<CreateOutcome> CreateAsync(DeviceId device, CommandId id, CreateCommand command, long now, CancellationToken cancellationToken)
    {
        var row = CommandRow.New(device, id, command, batch: null, now, CommandRules.ExpiresAt(command, now));
        return database.WriteOnceAsync<CreateOutcome>(
            IsolationLevel.ReadCommitted,
            async transaction =>
            {
                if (await transaction.ExecuteAsync(InsertSql, row) == 1)
                {
                    // Whoever creates another for the device at the same time waits here, so that the later of both sees the other's command.
                    var version = await HintStore.BumpAsync(transaction, device, now);
                    var work = new CommandWork();
                    work.Supersede(row.SupersedeKey is { } key ? await transaction.QueryAsync<CommandRow>(HoldSupersededSql, new { device, key, id }) : [], _ => id, now);
                    await work.SaveAsync(transaction);
                    // Whatever has become of it since, it is there.
                    return new(new CommandCreated(row.ToView(), version, work.Steps), async transaction => await CommandRow.FindAsync(transaction, device, id) is not null);
                }

                var existing = await transaction.FindAsync<CommandRow>(FindByKeySql, new { device, key = row.IdempotencyKey })
                    ?? throw new InvalidOperationException($"The command id {id} was drawn twice.");
                return new(
                    (existing.Kind, existing.Payload, existing.SupersedeKey) == (row.Kind, row.Payload, row.SupersedeKey)
                        ? new CommandRepeated(existing.ToView())
                        : new KeyTaken(existing.CommandId),
                    null);
            },
            cancellationToken);
    }

    public Task<CommandView?> FindAsync(DeviceId device, CommandId id, CancellationToken cancellationToken) =>
        database.ReadAsync(async transaction => (await CommandRow.FindAsync(transaction, device, id))?.ToView(), cancellationToken);

    private const string ListSql = $"""
        SELECT {CommandRow.Columns} FROM commands
        WHERE device_id = @device AND command_id > @after AND (@state = '' OR state = @state)
        ORDER BY command_id LIMIT @limit
        """;

    /// <summary>A device's commands in the order of their creation, the newest too: an operator looks here for what was just created.</summary>
    public Task<Page<CommandView>> ListAsync(DeviceId device, CommandId? after, CommandState? state, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async transaction => Paging.ToPage(
                await transaction.QueryAsync<CommandRow>(ListSql, new
                {
                    device,
                    after = after ?? default,
                    state = state is { } wanted ? Words.Of(wanted) : "",
                    limit = limit + 1,
                }),
                limit,
                row => row.ToView(),
                row => row.CommandId.ToString()),
            cancellationToken);

    /// <summary>Withdraws a command; null for one that does not exist.</summary>
    public Task<CancelOutcome?> CancelAsync(DeviceId device, CommandId id, string reason, long now, CancellationToken cancellationToken) =>
        database.WriteOnceAsync<CancelOutcome?>(
            async transaction =>
            {
                if (await CommandRow.FindAsync(transaction, device, id) is not { } row)
                {
                    return new(null, null);
                }

                if ((CommandLifecycle.Expire(row.Status, now) ?? CommandLifecycle.Cancel(row.Status, reason, now)) is not { } next)
                {
                    return new(new CancelOutcome(row.ToView(), null), null);
                }

                var saved = row.With(next);
                await CommandRow.SaveAsync(transaction, [saved]);
                return new(new CancelOutcome(saved.ToView(), next), saved.StandsAsync);
            },
            cancellationToken);
}

/// <summary>What became of a wish to create a command.</summary>
internal abstract record CreateOutcome;

internal sealed record CommandCreated(CommandView Command, long IntentVersion, IReadOnlyList<CommandStep> Superseded) : CreateOutcome;

/// <summary>The same command was created before.</summary>
internal sealed record CommandRepeated(CommandView Command) : CreateOutcome;

/// <summary>The idempotency key names a command with other content.</summary>
internal sealed record KeyTaken(CommandId Other) : CreateOutcome;

/// <summary>The command after a wish to cancel it, and the step that was made; null where it was over already.</summary>
internal sealed record CancelOutcome(CommandView Command, CommandStatus? Step);
