namespace EdgeSync.Edge;

/// <summary>A signal for one waiter: remembered when nobody waits, and bounded in time by one reused timer.</summary>
internal sealed class WakeSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private TaskCompletionSource? _waiter;
    private bool _isSet;

    public WakeSignal(TimeProvider time) => _timer = time.CreateTimer(_ => Release(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Set()
    {
        lock (_gate)
        {
            _isSet = true;
        }

        Release();
    }

    /// <summary>Returns when set, when the time is over, or when cancelled: whoever waits looks for itself what there is to do.</summary>
    public async Task WaitAsync(TimeSpan timeout, CancellationToken ct)
    {
        TaskCompletionSource waiter;
        lock (_gate)
        {
            if (_isSet || timeout <= TimeSpan.Zero || ct.IsCancellationRequested)
            {
                _isSet = false;
                return;
            }

            waiter = _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        _timer.Change(timeout, Timeout.InfiniteTimeSpan);
        await using (ct.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), waiter))
        {
            await waiter.Task;
        }

        lock (_gate)
        {
            _isSet = false;
            _waiter = null;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Release()
    {
        lock (_gate)
        {
            _waiter?.TrySetResult();
        }
    }
}
