using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Counts since the device was opened; written by the agent's loops, read by anyone.</summary>
internal sealed class SyncCounters(EdgeMetrics metrics)
{
    private readonly long[] _errors = new long[Enum.GetValues<ProblemCategory>().Length];
    private long _batches;
    private long _resent;
    private long _readings;
    private long _renewals;

    public void CountBatch(bool again)
    {
        Interlocked.Increment(ref _batches);
        if (again)
        {
            Interlocked.Increment(ref _resent);
        }

        metrics.BatchSent(again);
    }

    public void CountAcknowledged(long entries)
    {
        Interlocked.Add(ref _readings, entries);
        metrics.Acknowledged(entries);
    }

    public void CountPass() => metrics.PassEnded();

    public void CountRenewal() => Interlocked.Increment(ref _renewals);

    public void CountError(AttemptOutcome failure)
    {
        var category = failure.Category!.Value;
        Interlocked.Increment(ref _errors[(int)category]);
        metrics.Failed(failure.Code, category);
    }

    public EdgeCounters Snapshot(long commandsRun) => new(
        Interlocked.Read(ref _batches),
        Interlocked.Read(ref _resent),
        Interlocked.Read(ref _readings),
        commandsRun,
        Interlocked.Read(ref _renewals),
        Enum.GetValues<ProblemCategory>().ToDictionary(category => category, category => Interlocked.Read(ref _errors[(int)category])));
}
