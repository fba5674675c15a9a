using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>One request that waits for a device's intentions. Used by one caller at a time.</summary>
internal sealed class DeviceWaiter(DeviceSignals signals, DeviceId device) : IDisposable
{
    private volatile TaskCompletionSource _raised = NewSource();
    private long _intentVersion;

    public DeviceId Device => device;

    /// <summary>The highest version heard of since the subscription; 0 for none.</summary>
    public long IntentVersion => Interlocked.Read(ref _intentVersion);

    /// <summary>A newer request of the device has taken this one's place.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Waits for a signal; false when the time ran out. A signal that came since the last wait counts.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<bool> WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var waiting = _raised.Task.WaitAsync(timeout, time, cancellationToken);
        // Running out of time is the usual end of a wait, thousands of times a minute: no exception is thrown for it.
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        cancellationToken.ThrowIfCancellationRequested();
        if (!waiting.IsCompletedSuccessfully)
        {
            return false;
        }

        // What is raised before this line is seen by whoever reads after it; what is raised later wakes the next wait.
        _raised = NewSource();
        return true;
    }

    public void Dispose() => signals.Remove(this);

    internal void Raise(long intentVersion)
    {
        if (intentVersion > IntentVersion)
        {
            Interlocked.Exchange(ref _intentVersion, intentVersion);
            _raised.TrySetResult();
        }
    }

    internal void End()
    {
        IsEnded = true;
        _raised.TrySetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
