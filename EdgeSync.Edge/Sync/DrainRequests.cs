namespace EdgeSync.Edge;

/// <summary>Who waits until nothing is pending. Safe for several threads.</summary>
internal sealed class DrainRequests
{
    private readonly Lock _gate = new();
    private readonly List<TaskCompletionSource<bool>> _waiting = [];
    private bool _isAsked;
    private bool _hasEnded;

    public bool Any
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count > 0;
            }
        }
    }

    /// <returns>True when nothing is pending; false when cancelled, when the agent has ended, or when a pause holds back what is pending.</returns>
    public async Task<bool> WaitAsync(CancellationToken ct)
    {
        var drained = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_hasEnded)
            {
                return false;
            }

            _waiting.Add(drained);
            _isAsked = true;
        }

        await using (ct.UnsafeRegister(static source => ((TaskCompletionSource<bool>)source!).TrySetResult(false), drained))
        {
            var result = await drained.Task;
            lock (_gate)
            {
                _waiting.Remove(drained);
            }

            return result;
        }
    }

    /// <summary>Those who wait when a pass begins; only they can be told after it.</summary>
    /// <param name="isNew">Whether someone has asked since the last time.</param>
    public List<TaskCompletionSource<bool>> Begin(out bool isNew)
    {
        lock (_gate)
        {
            isNew = _isAsked;
            _isAsked = false;
            return [.. _waiting];
        }
    }

    /// <summary>Nothing is pending, or nothing that will be sent.</summary>
    public void End(List<TaskCompletionSource<bool>> drains, bool isDrained)
    {
        lock (_gate)
        {
            _waiting.RemoveAll(drains.Contains);
        }

        drains.ForEach(drain => drain.TrySetResult(isDrained));
    }

    /// <summary>The agent has ended.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _hasEnded = true;
            _waiting.ForEach(drain => drain.TrySetResult(false));
        }
    }
}
