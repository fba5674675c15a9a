using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Commands as operators see them.</summary>
internal sealed class CommandStore(ControlPlaneDatabase database)
{
    public Task<CommandView?> FindAsync(DeviceId device, CommandId id, CancellationToken cancellationToken) =>
        database.ReadAsync(async transaction => (await CommandRow.FindAsync(transaction, device, id))?.ToView(), cancellationToken);

    private const string ListSql = $"""
        SELECT {CommandRow.Columns} FROM commands
        WHERE device_id = @device AND command_id > @after AND (@state = '' OR state = @state)
        ORDER BY command_id LIMIT @limit
        """;

    private const string ListNewestSql = $"""
        SELECT {CommandRow.Columns} FROM commands
        WHERE device_id = @device AND command_id < @after AND (@state = '' OR state = @state)
        ORDER BY command_id DESC LIMIT @limit
        """;

    /// <summary>A device's commands in the order of their creation or the other way, the newest too: an operator looks here for what was just created.</summary>
    public Task<Page<CommandView>> ListAsync(DeviceId device, CommandId? after, CommandState? state, CommandOrder order, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async transaction => Paging.ToPage(
                await transaction.QueryAsync<CommandRow>(order is CommandOrder.Newest ? ListNewestSql : ListSql, new
                {
                    device,
                    after = after ?? (order is CommandOrder.Newest ? new CommandId(Guid.AllBitsSet) : default),
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

/// <summary>The command after a wish to cancel it, and the step that was made; null where it was over already.</summary>
internal sealed record CancelOutcome(CommandView Command, CommandStatus? Step);

/// <summary>How a list of commands is ordered.</summary>
internal enum CommandOrder
{
    /// <summary>Those created first come first.</summary>
    Oldest,

    /// <summary>Those created last come first.</summary>
    Newest,
}
