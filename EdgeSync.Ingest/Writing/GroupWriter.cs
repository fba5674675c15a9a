using System.Data.Common;
using System.Diagnostics;
using System.Threading.Channels;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>
/// One writer and its bounded queue: commits what is waiting as a group and answers each waiter after the commit. A group that fails for what it holds is
/// written again in halves, so a bad write fails alone.
/// </summary>
internal sealed partial class GroupWriter(
    TelemetryStore store, int queueWritesMax, TimeSpan commitWait, IngestOptions options, IngestMetrics metrics, TimeProvider time, ILogger<GroupWriter> log, CancellationToken giveUp)
{
    // Of readings' texts in one transaction: a statement may have 16 MiB on CockroachDB, and a character up to three bytes. One batch may be larger.
    private const int TextCharactersMax = 4 * 1024 * 1024;

    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(queueWritesMax) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private Task _loop = Task.CompletedTask;

    /// <summary>Writes that wait.</summary>
    public int Queued => _queue.Reader.Count;

    /// <summary>The outcome to wait for; null when the queue is full or closed.</summary>
    /// <param name="request">The write.</param>
    /// <param name="span">Its span; null for none.</param>
    public Task<WriteOutcome>? TryQueue(WriteRequest request, Activity? span)
    {
        var waiting = new Waiting(request, span);
        return _queue.Writer.TryWrite(waiting) ? waiting.Outcome.Task : null;
    }

    public void Start() => _loop = RunAsync();

    /// <summary>Closes the queue and waits until everything in it is answered.</summary>
    public Task DrainAsync()
    {
        _queue.Writer.TryComplete();
        return _loop;
    }

    private async Task RunAsync()
    {
        var isBusy = false;
        var group = new List<Waiting>();
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            group.Clear();
            Take(group);
            if (isBusy && commitWait > TimeSpan.Zero)
            {
                // Those who were answered just now are about to write again: with them the group is larger, and a row costs less.
                await Task.Delay(commitWait, time, CancellationToken.None);
                Take(group);
            }

            await CommitAsync(group);
            isBusy = _queue.Reader.TryPeek(out _);
        }
    }

    private void Take(List<Waiting> group)
    {
        var rows = group.Sum(waiting => waiting.Request.Rows);
        var characters = group.Sum(waiting => waiting.Request.TextCharacters);
        while (_queue.Reader.TryPeek(out var next)
            && (group.Count == 0 || (rows + next.Request.Rows <= options.CommitRowsMax && characters + next.Request.TextCharacters <= TextCharactersMax))
            && _queue.Reader.TryRead(out next))
        {
            group.Add(next);
            rows += next.Request.Rows;
            characters += next.Request.TextCharacters;
        }
    }

    private async Task CommitAsync(List<Waiting> group)
    {
        if (giveUp.IsCancellationRequested)
        {
            Stop(group);
            return;
        }

        try
        {
            using var span = IngestTraces.Commit(group.Select(waiting => waiting.Span));
            var started = time.GetTimestamp();
            var outcomes = await store.WriteAsync([.. group.Select(waiting => waiting.Request)], giveUp);
            metrics.Committed(time.GetElapsedTime(started), group.Sum(waiting => waiting.Request.Rows), group.Count);
            Answer(group, outcomes);
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            Stop(group);
        }
        catch (DbException e) when (DatabaseFaults.IsUnavailable(e))
        {
            Fail(group, e);
        }
        catch (Exception e) when (group.Count > 1)
        {
            GroupFailed(e, group.Count);
            var half = group.Count / 2;
            await CommitAsync(group[..half]);
            await CommitAsync(group[half..]);
        }
        catch (Exception e)
        {
            Fail(group, e);
        }
    }

    private void Stop(List<Waiting> group) => Answer(group, [.. group.Select(_ => new WriteOutcome.Stopping())]);

    private void Answer(List<Waiting> group, IReadOnlyList<WriteOutcome> outcomes)
    {
        var now = time.GetMicroseconds();
        for (var i = 0; i < group.Count; i++)
        {
            metrics.Answered(group[i].Request, outcomes[i], now);
            group[i].Span?.SetTag("edgesync.outcome", outcomes[i].Word);
            group[i].Outcome.TrySetResult(outcomes[i]);
        }
    }

    private void Fail(List<Waiting> group, Exception error)
    {
        metrics.Failed(group.Count);
        group.ForEach(waiting => waiting.Outcome.TrySetException(error));
    }

    private sealed record Waiting(WriteRequest Request, Activity? Span)
    {
        public TaskCompletionSource<WriteOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A group of {Writes} writes failed; it is written again in halves")]
    private partial void GroupFailed(Exception error, int writes);
}
