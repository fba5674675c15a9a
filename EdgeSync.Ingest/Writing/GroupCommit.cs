using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>Commits what devices send as groups.</summary>
internal sealed class GroupCommit : GroupCommit<WriteRequest, WriteOutcome>
{
    private readonly IngestMetrics _metrics;

    public GroupCommit(
        ControlPlaneDatabase database, DatabaseOptions kind, IOptions<IngestOptions> options, IngestMetrics metrics, TimeProvider time, ILogger<GroupCommit> log)
        : base(
            () => new WriteWork(new TelemetryStore(database, time, options.Value), options.Value, metrics, time),
            kind.IsServer ? new GroupLimits(options.Value.Writers, options.Value.QueueWritesMax, options.Value.CommitWait) : new GroupLimits(1, options.Value.QueueWritesMax, TimeSpan.Zero),
            time,
            log)
    {
        _metrics = metrics;
        metrics.Watch(() => Queued, options.Value.QueueWritesMax);
    }

    /// <summary>Writes that wait in the fullest queue.</summary>
    public int QueueDepth => Queued.Max();

    /// <summary>Queues a write and waits for its outcome. A caller that leaves does not take its write back.</summary>
    public async Task<WriteOutcome> WriteAsync(WriteRequest request, CancellationToken ct)
    {
        using var span = IngestTraces.Write(request);
        if (TryQueue(request.Device, request, span) is { } outcome)
        {
            return await outcome.WaitAsync(ct);
        }

        WriteOutcome refusal = IsStopping ? new WriteOutcome.Stopping() : new WriteOutcome.QueueFull();
        _metrics.Answered(request, refusal, request.ReceivedAt);
        return refusal;
    }
}
