using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Commands on their way to a device and back.</summary>
internal sealed class DeliveryStore(ControlPlaneDatabase database, IOptions<CommandsOptions> options)
{
    private const string WaitingSql = $"""
        SELECT {CommandRow.Columns} FROM commands
        WHERE device_id = @device AND state IN ('pending', 'leased') AND (state = 'pending' OR lease_until <= @now)
        ORDER BY priority, created_at, command_id LIMIT @limit
        """;

    private const string EarlierRunsSql = $"""
        SELECT {CommandRow.Columns} FROM commands
        WHERE device_id = @device AND state = 'delivered' AND delivered_boot < @boot AND delivered_nonce <> @nonce AND held_boot < @boot AND held_nonce <> @nonce
        ORDER BY priority, created_at, command_id LIMIT @limit
        """;

    // What a device may have lost at once; the rest follows with its next request.
    private const int EarlierMax = 500;

    // A page of payloads stays below the size of a body, whatever its commands hold.
    private const int PayloadBytesMax = Limits.BodyBytesMax / 2;

    /// <summary>Leases what waits for the device. To a run of its program that is named, what earlier runs left open is sent again.</summary>
    public async Task<LeaseOutcome> LeaseAsync(DeviceId device, DeviceRun? run, long now, CancellationToken cancellationToken)
    {
        // Most pulls find nothing: they must not queue for the database's one writer.
        var idle = await database.ReadAsync<long?>(
            async transaction => await HasWorkAsync(transaction, device, run, now) ? null : await HintStore.ReadAsync(transaction, device),
            cancellationToken);
        return idle is { } version
            ? new LeaseOutcome(new CommandDelivery([], version, false), [])
            : await database.WriteOnceAsync(transaction => LeaseAsync(transaction, device, run, now), cancellationToken);
    }

    /// <summary>Takes receipts and says what to do with each command.</summary>
    public Task<ReceiptOutcome> ReceiveAsync(DeviceId device, ReceiptRequest request, long now, CancellationToken cancellationToken) =>
        database.WriteOnceAsync<ReceiptOutcome>(
            async transaction =>
            {
                var work = new CommandWork(await CommandRow.FindAsync(transaction, device, request.Commands));
                var mark = new DeliveryMark(now, request.Boot, request.Epoch);
                var receipts = new List<Receipt>(request.Commands.Count);
                foreach (var id in request.Commands)
                {
                    if (work.Find(id) is not { } row)
                    {
                        receipts.Add(new Receipt(id, ReceiptVerdict.Drop, 0));
                        continue;
                    }

                    var (next, verdict) = CommandLifecycle.Receive(row.Status, mark);
                    work.Step(row, next);
                    receipts.Add(new Receipt(id, verdict, Math.Max(0, (row.ExpiresAt - now) / 1_000), next.State));
                }

                return new(new ReceiptOutcome(new ReceiptAnswer(receipts), work.Steps), await work.SaveAsync(transaction));
            },
            cancellationToken);

    /// <summary>Takes results; the first one from the device stands.</summary>
    public Task<ResultOutcome> CompleteAsync(DeviceId device, ResultRequest request, long now, CancellationToken cancellationToken) =>
        database.WriteOnceAsync<ResultOutcome>(
            async transaction =>
            {
                var work = new CommandWork(await CommandRow.FindAsync(transaction, device, [.. request.Results.Select(result => result.Id)]));
                var answers = new List<ResultReceipt>(request.Results.Count);
                foreach (var result in request.Results)
                {
                    if (work.Find(result.Id) is not { } row)
                    {
                        answers.Add(new ResultReceipt(result.Id, Late: false));
                        continue;
                    }

                    var error = Texts.Cut(result.Error, CommandRules.ErrorCharsMax);
                    var status = CommandLifecycle.Complete(row.Status, result.Outcome, result.Result, error, now) ?? row.Status;
                    work.Step(row, status);
                    answers.Add(new ResultReceipt(result.Id, status.IsLate, status.State));
                }

                return new(new ResultOutcome(new ResultAnswer(answers), work.Steps), await work.SaveAsync(transaction));
            },
            cancellationToken);

    private static async Task<bool> HasWorkAsync(DbTransaction transaction, DeviceId device, DeviceRun? run, long now) =>
        (await transaction.QueryAsync<CommandRow>(WaitingSql, new { device, now, limit = 1 })).Count > 0
        || (run is { } asking && (await ReadEarlierAsync(transaction, device, asking.Boot, 1)).Count > 0);

    private async Task<Written<LeaseOutcome>> LeaseAsync(DbTransaction transaction, DeviceId device, DeviceRun? run, long now)
    {
        var work = new CommandWork();
        var earlier = run is { } asking ? TakeUp(await ReadEarlierAsync(transaction, device, asking.Boot, EarlierMax), asking, now, work) : [];
        var waiting = await transaction.QueryAsync<CommandRow>(WaitingSql, new { device, now, limit = Limits.CommandPullMax + 1 });
        var leaseUntil = now + (long)options.Value.Lease.TotalMicroseconds;
        var leased = new List<CommandEnvelope>();
        var payloadBytes = 0;
        var handled = 0;
        foreach (var row in earlier.Take(Limits.CommandPullMax).TakeWhile(_ => payloadBytes <= PayloadBytesMax))
        {
            leased.Add(row.ToEnvelope(now));
            payloadBytes += row.Payload.Length;
        }

        var more = leased.Count < earlier.Count;
        foreach (var row in waiting)
        {
            if (leased.Count == Limits.CommandPullMax || payloadBytes > PayloadBytesMax)
            {
                break;
            }

            handled++;
            var judged = CommandLifecycle.Expire(row.Status, now) ?? CommandLifecycle.EndLease(row.Status, now, options.Value.LeaseAttemptsMax) ?? row.Status;
            if (CommandLifecycle.Lease(judged, now, leaseUntil) is { } lease)
            {
                leased.Add(work.Lease(row, lease).ToEnvelope(now));
                payloadBytes += row.Payload.Length;
            }
            else
            {
                work.Step(row, judged);
            }
        }

        more |= handled < waiting.Count || waiting.Count > Limits.CommandPullMax;
        var stands = await work.SaveAsync(transaction);
        return new(new LeaseOutcome(new CommandDelivery(leased, await HintStore.ReadAsync(transaction, device), more), work.Steps), stands);
    }

    /// <summary>Interrupts what a lost file held, and gives what is to be sent again.</summary>
    private static List<CommandRow> TakeUp(List<CommandRow> earlier, DeviceRun run, long now, CommandWork work)
    {
        var lost = new List<CommandRow>();
        foreach (var row in earlier)
        {
            if (CommandLifecycle.BeginEpoch(row.Status, run, now) is { } next)
            {
                work.Step(row, next);
            }
            else
            {
                lost.Add(row);
            }
        }

        return lost;
    }

    private static Task<List<CommandRow>> ReadEarlierAsync(DbTransaction transaction, DeviceId device, Boot boot, int limit) =>
        transaction.QueryAsync<CommandRow>(EarlierRunsSql, new { device, boot = boot.Number, nonce = boot.Nonce, limit });
}
