using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Commands: results reported, receipts asked, new ones pulled, in this order.</summary>
internal sealed class CommandSync(
    ControlPlaneClient client, RunIdentity run, StateStore state, CommandStore store, CommandHandlers handlers, CommandDeadlines deadlines, CommandTraces traces, CommandRunner runner, SyncLogStore syncLog, TimeProvider time)
{
    private const int RoundsMax = 50;
    private const int BytesMax = Limits.BodyBytesMax / 2;

    private int _resultsMax = Limits.CommandReportMax;
    private Boot _pulledAs;
    private bool _leftSome;

    /// <summary>The intent version that the last pull reflects.</summary>
    public long HandledVersion { get; private set; }

    /// <summary>Called with the version that was seen before a pull, and with the one that its answer reflects.</summary>
    public Action<long, long> IntentAnswered { get; set; } = static (_, _) => { };

    /// <summary>Whether the last pull left something, or none has been made under this run's number: to a run that is not the newest nothing is sent again.</summary>
    public bool MustPull
    {
        get => _leftSome || _pulledAs != run.Boot;
        set => _leftSome = value;
    }

    /// <summary>Does what there is to do.</summary>
    /// <returns>How it went; null when there was nothing.</returns>
    public async Task<AttemptOutcome?> SyncAsync(long intentSeen, CancellationToken ct)
    {
        var outcome = await ReportAsync(ct);
        outcome = Continues(outcome) ? await AskAsync(ct) ?? outcome : outcome;
        for (var round = 0; round < RoundsMax && Continues(outcome) && (MustPull || intentSeen > HandledVersion); round++)
        {
            if (store.CountUnfinished() >= CommandStore.UnfinishedMax)
            {
                break;
            }

            outcome = await PullAsync(intentSeen, ct);
            intentSeen = Continues(outcome) ? HandledVersion : intentSeen;
            // What was confirmed and came again has its result to tell.
            outcome = Continues(outcome) ? await ReportAsync(ct) ?? outcome : outcome;
            outcome = Continues(outcome) ? await AskAsync(ct) ?? outcome : outcome;
        }

        return outcome;
    }

    private static bool Continues(AttemptOutcome? outcome) => outcome is null or { Succeeded: true };

    private async Task<AttemptOutcome?> ReportAsync(CancellationToken ct)
    {
        AttemptOutcome? outcome = null;
        for (var round = 0; round < RoundsMax && store.ReadResults(_resultsMax, BytesMax) is { Count: > 0 } results; round++)
        {
            var file = state.Read().FileEpoch;
            var attempt = await run.SendAsync(boot => client.SendResultsAsync(new ResultRequest(boot, file, results), ct));
            outcome = attempt.Outcome;
            if (attempt.Answer is { } answer)
            {
                if (!Confirm(results, answer))
                {
                    return AttemptOutcome.Unreadable("The answer names none of the results that were sent.");
                }
            }
            else if (!outcome.RefusesBody)
            {
                return outcome;
            }
            else if (results.Count > 1)
            {
                _resultsMax = 1;
            }
            else
            {
                store.Confirm(results[0].Id);
                syncLog.Write("commands", "result-refused", $"The result of {results[0].Id} was refused ({outcome.Code}: {outcome.Error}) and will not be sent again.");
                outcome = AttemptOutcome.Success;
            }
        }

        _resultsMax = Limits.CommandReportMax;
        return outcome;
    }

    private bool Confirm(IReadOnlyList<CommandResult> sent, ResultAnswer answer)
    {
        var confirmed = 0;
        foreach (var receipt in answer.Results.Where(receipt => sent.Any(result => result.Id == receipt.Id)))
        {
            store.Confirm(receipt.Id);
            confirmed++;
        }

        return confirmed > 0;
    }

    private async Task<AttemptOutcome?> AskAsync(CancellationToken ct)
    {
        AttemptOutcome? outcome = null;
        for (var round = 0; round < RoundsMax && store.ReadAccepted(Limits.CommandReportMax) is { Count: > 0 } accepted; round++)
        {
            var file = state.Read().FileEpoch;
            // A command that runs must be in the file after a power cut too: it is its only trace on the device.
            state.MakeDurable();
            var attempt = await run.SendAsync(boot => client.SendReceiptsAsync(new ReceiptRequest(boot, file, [.. accepted.Select(command => command.Id)]), ct));
            outcome = attempt.Outcome;
            if (attempt.Answer is not { } answer)
            {
                return outcome;
            }

            var asked = accepted.ToDictionary(command => command.Id);
            var answered = answer.Receipts.Where(receipt => asked.ContainsKey(receipt.Id)).ToList();
            if (answered.Count == 0)
            {
                return AttemptOutcome.Unreadable("The answer names none of the commands that were asked about.");
            }

            foreach (var receipt in answered)
            {
                Decide(asked[receipt.Id], receipt);
            }

            runner.Wake();
        }

        return outcome;
    }

    private void Decide(QueuedCommand command, Receipt receipt)
    {
        switch (receipt.Verdict)
        {
            case ReceiptVerdict.Drop:
                traces.Forget(command.Id);
                store.Confirm(command.Id);
                syncLog.Write("commands", "dropped", $"{command.Kind} {command.Id} is over ({(receipt.State is { } known ? Words.Of(known) : "unknown")}).");
                break;
            case ReceiptVerdict.Resume when !handlers.MayRunAgain(command.Kind):
                store.Complete(command.Id, CommandOutcome.Interrupted, null, "an earlier run of the device may have run it", time.GetMicroseconds());
                break;
            default:
                deadlines.Set(command.Id, receipt.RemainingMilliseconds);
                store.MakeReady(command.Id, run.Boot.Number);
                break;
        }
    }

    private async Task<AttemptOutcome> PullAsync(long intentSeen, CancellationToken ct)
    {
        var file = state.Read().FileEpoch;
        var asked = run.Boot;
        var attempt = await run.SendAsync(boot => client.PullCommandsAsync(file, asked = boot, ct));
        if (attempt.Answer is { } delivery)
        {
            traces.Keep(delivery.Commands);
            if (store.Accept(delivery.Commands, run.Boot.Number, time.GetMicroseconds()) is > 0 and var added)
            {
                syncLog.Write("commands", "accepted", $"{added}: {string.Join(", ", delivery.Commands.Take(5).Select(command => command.Kind))}");
            }

            HandledVersion = delivery.IntentVersion;
            IntentAnswered(intentSeen, HandledVersion);
            _pulledAs = asked;
            MustPull = delivery.More;
        }

        return attempt.Outcome;
    }
}
