using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>
/// Writers that commit what is waiting as groups, each device always by the same one, so that its writes keep their order and two writers never wait for one
/// lock. The embedded database has one writer. When the service stops, what waits is committed or refused.
/// </summary>
internal sealed class GroupCommit : IHostedService, IDisposable
{
    private readonly GroupWriter[] _writers;
    private readonly IngestMetrics _metrics;
    private readonly CancellationTokenSource _giveUp = new();
    private volatile bool _stopping;

    public GroupCommit(
        ControlPlaneDatabase database, DatabaseOptions kind, IOptions<IngestOptions> options, IngestMetrics metrics, TimeProvider time, ILogger<GroupWriter> log)
    {
        var (writers, wait) = kind.IsServer ? (options.Value.Writers, options.Value.CommitWait) : (1, TimeSpan.Zero);
        _metrics = metrics;
        _writers = [.. Enumerable.Range(0, writers).Select(_ => new GroupWriter(
            new TelemetryStore(database, time, options.Value), options.Value.QueueWritesMax, wait, options.Value, metrics, time, log, _giveUp.Token))];
        metrics.Watch(_writers, options.Value.QueueWritesMax);
    }

    /// <summary>Writes that wait in the fullest queue.</summary>
    public int QueueDepth => _writers.Max(writer => writer.Queued);

    /// <summary>Queues a write and waits for its outcome. A caller that leaves does not take its write back.</summary>
    public async Task<WriteOutcome> WriteAsync(WriteRequest request, CancellationToken ct)
    {
        using var span = IngestTraces.Write(request);
        var writer = _writers[(uint)request.Device.GetHashCode() % (uint)_writers.Length];
        if (writer.TryQueue(request, span) is { } outcome)
        {
            return await outcome.WaitAsync(ct);
        }

        WriteOutcome refusal = _stopping ? new WriteOutcome.Stopping() : new WriteOutcome.QueueFull();
        _metrics.Answered(request, refusal, request.ReceivedAt);
        return refusal;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var writer in _writers)
        {
            writer.Start();
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        await using (cancellationToken.Register(_giveUp.Cancel))
        {
            await Task.WhenAll(_writers.Select(writer => writer.DrainAsync()));
        }
    }

    public void Dispose() => _giveUp.Dispose();
}
