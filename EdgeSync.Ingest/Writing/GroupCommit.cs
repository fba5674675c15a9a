using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>Commits what devices send as groups.</summary>
internal sealed class GroupCommit(
    ControlPlaneDatabase database, DatabaseOptions kind, IOptions<IngestOptions> options, IngestMetrics metrics, TimeProvider time, ILogger<GroupCommit> log)
    : GroupCommit<WriteRequest, WriteOutcome>(
        () => new WriteWork(new TelemetryStore(database, time, options.Value), options.Value, metrics),
        kind.IsServer ? new GroupLimits(options.Value.Writers, options.Value.QueueWritesMax, options.Value.CommitWait) : new GroupLimits(1, options.Value.QueueWritesMax, TimeSpan.Zero),
        time,
        log)
{
    /// <summary>Queues a write and waits for its outcome. A caller that leaves does not take its write back.</summary>
    public async Task<WriteOutcome> WriteAsync(WriteRequest request, CancellationToken ct)
    {
        if (TryQueue(request.Device, request) is { } outcome)
        {
            return await outcome.WaitAsync(ct);
        }

        WriteOutcome refusal = IsStopping ? new WriteOutcome.Stopping() : new WriteOutcome.QueueFull();
        metrics.Answered(refusal);
        return refusal;
    }
}
