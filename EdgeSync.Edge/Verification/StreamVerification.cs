using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>
/// Verifies what was acknowledged, because an operator asks for it (<c>resync</c>) or because the control plane has found damage. The agent makes one step after another between everything else, so
/// that readings and commands go on meanwhile.
/// </summary>
internal sealed partial class StreamVerification(
    ControlPlaneClient client, StreamStore streams, OwnEntryStore own, RunIdentity run, ReceiptSync receipts, SyncLogStore syncLog, TimeProvider time, ILogger logger)
{
    // Damage that could not be mended is not looked at again with each heartbeat.
    private static readonly TimeSpan ToldAgainAfter = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Queue<Job> _jobs = [];
    private readonly Dictionary<Epoch, (NumberRange Damage, long At)> _told = [];

    public bool HasWork
    {
        get
        {
            lock (_gate)
            {
                return _jobs.Count > 0;
            }
        }
    }

    /// <summary>Has the agent verify every stream that the device still has, and ask for receipts of them; returns when that is done.</summary>
    public async Task<VerificationTally> ResyncAsync(Action wake, CancellationToken ct)
    {
        var job = new Job([.. streams.ReadKept().Select(stream => (stream.Epoch, (NumberRange?)null))], isAsked: true);
        lock (_gate)
        {
            _jobs.Enqueue(job);
        }

        wake();
        try
        {
            return await job.Done.Task.WaitAsync(ct);
        }
        finally
        {
            // Who asked has left: nobody needs the rest.
            job.IsOver = true;
        }
    }

    /// <summary>Takes what a heartbeat's answer says of damage.</summary>
    public void Note(IEnumerable<StreamWatermark> answered)
    {
        foreach (var (epoch, _, verify) in answered)
        {
            if (verify is null)
            {
                _told.Remove(epoch);
            }
            else if (!_told.TryGetValue(epoch, out var told) || told.Damage != verify || time.GetElapsedTime(told.At) >= ToldAgainAfter)
            {
                _told[epoch] = (verify, time.GetTimestamp());
                lock (_gate)
                {
                    _jobs.Enqueue(new Job([(epoch, verify)], isAsked: false));
                }
            }
        }
    }

    /// <summary>Makes one request.</summary>
    /// <returns>How it went; null when there was nothing to do.</returns>
    public async Task<AttemptOutcome?> StepAsync(CancellationToken ct)
    {
        while (Current() is { } job)
        {
            if (await StepAsync(job, ct) is { } outcome)
            {
                return outcome is { Category: ProblemCategory.Data or ProblemCategory.Conflict } ? Fail(job, outcome) : outcome;
            }

            End(job);
        }

        return await receipts.AskDueAsync(ct);
    }

    private async Task<AttemptOutcome?> StepAsync(Job job, CancellationToken ct)
    {
        while (job.Targets.TryPeek(out var target))
        {
            job.Pass ??= new StreamPass(target.Epoch, target.Told, client, streams, own, run, job.Tally, time);
            if (await job.Pass.StepAsync(ct) is { } outcome)
            {
                return outcome;
            }

            job.Targets.Dequeue();
            job.Pass = null;
        }

        while (job.Receipts.TryPeek(out var epoch))
        {
            var attempt = await receipts.AskAsync(epoch, ct);
            if (attempt is { Category: not null and not ProblemCategory.Data })
            {
                return attempt;
            }

            // Where none are signed there are none.
            job.Receipts.Dequeue();
            if (attempt is { Succeeded: true })
            {
                job.Tally.Receipts++;
                return attempt;
            }
        }

        return null;
    }

    private Job? Current()
    {
        lock (_gate)
        {
            while (_jobs.TryPeek(out var job))
            {
                if (!job.IsOver)
                {
                    return job;
                }

                _jobs.Dequeue();
            }

            return null;
        }
    }

    private void End(Job job)
    {
        job.IsOver = true;
        var tally = job.Tally;
        syncLog.Write("verification", tally.Unrepairable > 0 ? "damaged" : tally.Damaged > 0 ? "repaired" : "verified", tally.ToString());
        if (tally.Damaged > 0)
        {
            LogMended(tally.Repaired, tally.Fetched, tally.Unrepairable);
        }

        job.Done.TrySetResult(tally);
    }

    // A control plane that knows nothing of it, for one: no reason to try without end.
    private AttemptOutcome? Fail(Job job, AttemptOutcome outcome)
    {
        job.IsOver = true;
        syncLog.Write("verification", outcome.Code, outcome.Error ?? "");
        job.Done.TrySetException(new CommandFailedException($"Not everything was verified ({outcome.Code}): {outcome.Error}"));
        return null;
    }

    private sealed class Job
    {
        public Job(IReadOnlyList<(Epoch Epoch, NumberRange? Told)> targets, bool isAsked)
        {
            Targets = new Queue<(Epoch, NumberRange?)>(targets);
            Receipts = new Queue<Epoch>(isAsked ? targets.Select(target => target.Epoch) : []);
        }

        public Queue<(Epoch Epoch, NumberRange? Told)> Targets { get; }

        public Queue<Epoch> Receipts { get; }

        public VerificationTally Tally { get; } = new();

        public TaskCompletionSource<VerificationTally> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public StreamPass? Pass { get; set; }

        public volatile bool IsOver;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Damage at rest: {Repaired} entries were mended in the control plane and {Fetched} on the device; {Unrepairable} are lost on both")]
    private partial void LogMended(long repaired, long fetched, long unrepairable);
}
