using System.Data.Common;
using System.Threading.Channels;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>
/// One writer for all devices: commits what is waiting as a group and answers each waiter after the commit. The queue is bounded; a group
/// that fails is written again one by one, so a bad write fails alone. When the service stops, what waits is committed or refused.
/// </summary>
internal sealed partial class GroupCommit(
    TelemetryStore store, IOptions<IngestOptions> options, IngestMetrics metrics, TimeProvider time, ILogger<GroupCommit> logger) : IHostedService, IDisposable
{
    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(options.Value.QueueWritesMax) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private readonly CancellationTokenSource _giveUp = new();
    private Task _loop = Task.CompletedTask;
    private volatile bool _stopping;

    /// <summary>Queues a write and waits for its outcome. A caller that leaves does not take its write back.</summary>
    public async Task<WriteOutcome> WriteAsync(WriteRequest request, CancellationToken ct)
    {
        var waiting = new Waiting(request);
        if (!_queue.Writer.TryWrite(waiting))
        {
            WriteOutcome refusal = _stopping ? new WriteOutcome.Stopping() : new WriteOutcome.QueueFull();
            metrics.Answered(refusal);
            return refusal;
        }

        return await waiting.Outcome.Task.WaitAsync(ct);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = RunAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        _queue.Writer.TryComplete();
        await using (cancellationToken.Register(_giveUp.Cancel))
        {
            await _loop;
        }
    }

    public void Dispose() => _giveUp.Dispose();

    private async Task RunAsync()
    {
        var group = new List<Waiting>();
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            Take(group);
            if (_giveUp.IsCancellationRequested)
            {
                Answer(group, [.. group.Select(_ => new WriteOutcome.Stopping())]);
            }
            else
            {
                await CommitAsync(group);
            }
        }
    }

    private void Take(List<Waiting> group)
    {
        group.Clear();
        var rows = 0;
        while (_queue.Reader.TryPeek(out var next)
            && (group.Count == 0 || rows + next.Request.Rows <= options.Value.CommitRowsMax)
            && _queue.Reader.TryRead(out next))
        {
            group.Add(next);
            rows += next.Request.Rows;
        }
    }

    private async Task CommitAsync(List<Waiting> group)
    {
        try
        {
            var started = time.GetTimestamp();
            var outcomes = await store.WriteAsync([.. group.Select(waiting => waiting.Request)], CancellationToken.None);
            metrics.Committed(time.GetElapsedTime(started), group.Sum(waiting => waiting.Request.Rows));
            Answer(group, outcomes);
        }
        catch (DbException e) when (DatabaseFaults.IsUnavailable(e))
        {
            Fail(group, e);
        }
        catch (Exception e) when (group.Count > 1)
        {
            GroupFailed(e, group.Count);
            foreach (var waiting in group.ToList())
            {
                await CommitAsync([waiting]);
            }
        }
        catch (Exception e)
        {
            Fail(group, e);
        }
    }

    private void Answer(List<Waiting> group, IReadOnlyList<WriteOutcome> outcomes)
    {
        for (var i = 0; i < group.Count; i++)
        {
            metrics.Answered(outcomes[i]);
            group[i].Outcome.TrySetResult(outcomes[i]);
        }
    }

    private void Fail(List<Waiting> group, Exception error)
    {
        metrics.Failed(group.Count);
        group.ForEach(waiting => waiting.Outcome.TrySetException(error));
    }

    private sealed record Waiting(WriteRequest Request)
    {
        public TaskCompletionSource<WriteOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A group of {Writes} writes failed; each is written again alone")]
    private partial void GroupFailed(Exception error, int writes);
}
