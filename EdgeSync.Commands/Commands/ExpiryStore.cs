using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Commands and leases whose time is over, of all devices.</summary>
internal sealed class ExpiryStore(ControlPlaneDatabase database, IOptions<CommandsOptions> options)
{
    private const string OverdueSql = $"""
        SELECT {CommandRow.Columns} FROM commands
        WHERE state IN ('pending', 'leased') AND expires_at <= @now ORDER BY expires_at LIMIT @limit
        """;

    private const string LeasesSql = $"""
        SELECT {CommandRow.Columns} FROM commands
        WHERE state = 'leased' AND lease_until <= @now AND expires_at > @now ORDER BY lease_until LIMIT @limit
        """;

    /// <summary>Ends what is overdue and lets expired leases wait again, at most <see cref="CommandsOptions.ExpirySweepMax"/> of each.</summary>
    public async Task<SweepOutcome> SweepAsync(long now, CancellationToken cancellationToken) =>
        await database.ReadAsync(transaction => AnyAsync(transaction, now), cancellationToken)
            ? await database.WriteAsync(transaction => SweepAsync(transaction, now), cancellationToken)
            : SweepOutcome.Nothing;

    private static async Task<bool> AnyAsync(DbTransaction transaction, long now) =>
        (await transaction.QueryAsync<CommandRow>(OverdueSql, new { now, limit = 1 })).Count > 0
        || (await transaction.QueryAsync<CommandRow>(LeasesSql, new { now, limit = 1 })).Count > 0;

    private async Task<SweepOutcome> SweepAsync(DbTransaction transaction, long now)
    {
        var limit = options.Value.ExpirySweepMax;
        var steps = new List<CommandStep>();
        var overdue = await transaction.QueryAsync<CommandRow>(OverdueSql, new { now, limit });
        foreach (var row in overdue)
        {
            await StepAsync(transaction, row, CommandLifecycle.Expire(row.Status, now), steps);
        }

        var leases = await transaction.QueryAsync<CommandRow>(LeasesSql, new { now, limit });
        var waiting = new HashSet<DeviceId>();
        foreach (var row in leases)
        {
            if (await StepAsync(transaction, row, CommandLifecycle.EndLease(row.Status, now, options.Value.LeaseAttemptsMax), steps) is { State: CommandState.Pending })
            {
                waiting.Add(row.DeviceId);
            }
        }

        // Nobody else tells the device that something waits for it again.
        var woken = new List<DeviceHint>(waiting.Count);
        foreach (var device in waiting.Order())
        {
            woken.Add(new DeviceHint(device, await HintStore.BumpAsync(transaction, device, now)));
        }

        return new SweepOutcome(steps, woken, overdue.Count == limit || leases.Count == limit);
    }

    private static async Task<CommandStatus?> StepAsync(DbTransaction transaction, CommandRow row, CommandStatus? next, List<CommandStep> steps)
    {
        if (next is not null)
        {
            await row.SaveAsync(transaction, next);
            steps.Add(new CommandStep(next, row.CreatedAt));
        }

        return next;
    }
}
