using System.Data;
using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Commands on their way to devices and back, a group of requests in one transaction.</summary>
internal sealed class DeliveryStore(ControlPlaneDatabase database, IOptions<CommandsOptions> options, TimeProvider time)
{
    /// <summary>Commits a group, each request upon what those before it left. Returns an outcome for each, in order, once all is durable.</summary>
    /// <remarks>
    /// READ COMMITTED is enough: the devices whose commands are created are locked first, then every command that is decided upon, each in one order, so that what is read is what the last
    /// holder of its lock left.
    /// </remarks>
    /// <exception cref="DbException">Nothing of the group was written, or (a failed commit) nobody knows; writing it again is safe.</exception>
    public Task<IReadOnlyList<DeliveryOutcome>> WriteAsync(IReadOnlyList<CommandRequest> group, CancellationToken ct)
    {
        var now = time.GetMicroseconds();
        return database.WriteOnceAsync<IReadOnlyList<DeliveryOutcome>>(IsolationLevel.ReadCommitted, transaction => WriteAsync(transaction, group, now), ct);
    }

    /// <summary>Whether there is anything for a device that asks, on the embedded database: most find nothing, and must not queue for its one writer. Null where there is.</summary>
    public Task<LeaseOutcome?> LookAsync(PullRequest pull, CancellationToken ct)
    {
        var now = time.GetMicroseconds();
        return database.ReadAsync<LeaseOutcome?>(
            async transaction => await EmbeddedDeliveryStore.HasWorkAsync(transaction, pull, now)
                ? null
                : new LeaseOutcome(new CommandDelivery([], await HintStore.ReadAsync(transaction, pull.Device), false), []),
            ct);
    }

    private async Task<Written<IReadOnlyList<DeliveryOutcome>>> WriteAsync(DbTransaction transaction, IReadOnlyList<CommandRequest> group, long now)
    {
        var ledger = new CommandLedger(options.Value, now);
        await (transaction.IsEmbedded() ? EmbeddedDeliveryStore.LoadAsync(transaction, ledger, group, now) : ServerDeliveryStore.LoadAsync(transaction, database.Kind, ledger, group, now));
        var outcomes = group.Select(ledger.Decide).ToList();
        await (transaction.IsEmbedded() ? EmbeddedDeliveryStore.SaveAsync(transaction, ledger, now) : ServerDeliveryStore.SaveAsync(transaction, ledger, now));
        return new(outcomes, ledger switch
        {
            // Whatever has become of it since, it is there.
            { Created: [var first, ..] } => async transaction => await CommandRow.FindAsync(transaction, first.DeviceId, first.CommandId) is not null,
            { Changed.Count: > 0 } => transaction => StandsAsync(transaction, ledger.Changed),
            _ => null,
        });
    }

    // One is enough; the others may have gone on meanwhile.
    private static async Task<bool> StandsAsync(DbTransaction transaction, IReadOnlyCollection<CommandRow> rows)
    {
        foreach (var row in rows)
        {
            if (await row.StandsAsync(transaction))
            {
                return true;
            }
        }

        return false;
    }
}
