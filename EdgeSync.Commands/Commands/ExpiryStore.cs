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
            ? await database.WriteOnceAsync(transaction => SweepAsync(transaction, now), cancellationToken)
            : SweepOutcome.Nothing;

    private static async Task<bool> AnyAsync(DbTransaction transaction, long now) =>
        (await transaction.QueryAsync<CommandRow>(OverdueSql, new { now, limit = 1 })).Count > 0
        || (await transaction.QueryAsync<CommandRow>(LeasesSql, new { now, limit = 1 })).Count > 0;

    private async Task<Written<SweepOutcome>> SweepAsync(DbTransaction transaction, long now)
    {
        var limit = options.Value.ExpirySweepMax;
        var overdue = await transaction.QueryAsync<CommandRow>(OverdueSql, new { now, limit });
        var leases = await transaction.QueryAsync<CommandRow>(LeasesSql, new { now, limit });
        var swept = new List<CommandRow>(overdue.Count + leases.Count);
        swept.AddRange(overdue.Select(row => CommandLifecycle.Expire(row.Status, now) is { } next ? row.With(next) : null).OfType<CommandRow>());
        swept.AddRange(leases.Select(row => CommandLifecycle.EndLease(row.Status, now, options.Value.LeaseAttemptsMax) is { } next ? row.With(next) : null).OfType<CommandRow>());
        await CommandRow.SaveAsync(transaction, swept);

        // Nobody else tells the device that something waits for it again. Always in one order, so that two sweeps never wait for each other.
        var waiting = swept.Where(row => row.Status.State == CommandState.Pending).Select(row => row.DeviceId).Distinct().Order().ToList();
        var woken = await HintStore.BumpAsync(transaction, waiting, now);
        var outcome = new SweepOutcome(swept.ConvertAll(row => new CommandStep(row.Status, row.CreatedAt)), woken, overdue.Count == limit || leases.Count == limit);
        return new(outcome, swept is [var first, ..] ? first.StandsAsync : null);
    }
}
