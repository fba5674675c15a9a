using System.Data.Common;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// One writer and its bounded queue: commits what is waiting as a group and answers each waiter after the commit. A group that fails for what it holds is
/// written again in halves, so a bad request fails alone.
/// </summary>
internal sealed partial class GroupWriter<TRequest, TOutcome>(
    GroupWork<TRequest, TOutcome> work, GroupLimits limits, TimeProvider time, ILogger log, CancellationToken giveUp)
{
    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(limits.QueueMax) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    // Named, so that the generated method finds it.
    private readonly ILogger _log = log;

    private Task _loop = Task.CompletedTask;

    /// <summary>Requests that wait.</summary>
    public int Queued => _queue.Reader.Count;

    /// <summary>The outcome to wait for; null when the queue is full or closed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="span">Its span; null for none.</param>
    public Task<TOutcome>? TryQueue(TRequest request, Activity? span)
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
            var room = work.NewRoom();
            Take(group, room);
            if (isBusy && limits.CommitWait > TimeSpan.Zero)
            {
                // Those who were answered just now are about to write again: with them the group is larger, and a request costs less.
                await Task.Delay(limits.CommitWait, time, CancellationToken.None);
                Take(group, room);
            }

            await CommitAsync(group);
            isBusy = _queue.Reader.TryPeek(out _);
        }
    }

    private void Take(List<Waiting> group, Func<TRequest, bool> room)
    {
        while (_queue.Reader.TryPeek(out var next) && room(next.Request) && _queue.Reader.TryRead(out next))
        {
            group.Add(next);
        }
    }

    private async Task CommitAsync(List<Waiting> group)
    {
        if (giveUp.IsCancellationRequested)
        {
            Stop(group);
            return;
        }

        var requests = group.ConvertAll(waiting => waiting.Request);
        try
        {
            using var span = work.Span(group.Select(waiting => waiting.Span));
            var started = time.GetTimestamp();
            var outcomes = await work.WriteAsync(requests, giveUp);
            work.Committed(requests, time.GetElapsedTime(started));
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

    private void Stop(List<Waiting> group) => Answer(group, [.. group.Select(_ => work.Stopping())]);

    private void Answer(List<Waiting> group, IReadOnlyList<TOutcome> outcomes)
    {
        for (var i = 0; i < group.Count; i++)
        {
            work.Answered(group[i].Request, outcomes[i], group[i].Span);
            group[i].Outcome.TrySetResult(outcomes[i]);
        }
    }

    private void Fail(List<Waiting> group, Exception error)
    {
        work.Failed(group.Count);
        group.ForEach(waiting => waiting.Outcome.TrySetException(error));
    }

    private sealed record Waiting(TRequest Request, Activity? Span)
    {
        public TaskCompletionSource<TOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A group of {Requests} requests failed; it is written again in halves")]
    private partial void GroupFailed(Exception error, int requests);
}
