namespace EdgeSync.Edge;

/// <summary>The control plane's clock as its answers tell it: the device's own may jump by decades, and what waits for days must not.</summary>
internal sealed class ControlPlaneClock(TimeProvider time)
{
    private (long ServerTime, long HeardAt)? _heard;

    /// <summary>Microseconds since 1970; null until an answer has told.</summary>
    public long? Now => _heard is { } heard ? heard.ServerTime + (long)time.GetElapsedTime(heard.HeardAt).TotalMicroseconds : null;

    /// <summary>Takes the time of an answer.</summary>
    public void Hear(long serverTime) => _heard = (serverTime, time.GetTimestamp());
}
