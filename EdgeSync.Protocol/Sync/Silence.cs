namespace EdgeSync.Protocol;

/// <summary>When a device should have been heard since: one that nothing gets through from cannot say why. One rule for status, lists, alerts and metrics. Pure.</summary>
public static class Silence
{
    /// <summary>How often a device says how it is that does not say how often, milliseconds.</summary>
    public const long IntervalMillisecondsUsual = 30_000;

    /// <summary>One heartbeat may be lost, and one late.</summary>
    public const int IntervalsMax = 3;

    /// <summary>Whether a device is silent.</summary>
    /// <param name="lastSeenAt">Its last batch or heartbeat, microseconds since 1970.</param>
    /// <param name="intervalMilliseconds">How often it says how it is; null if not told.</param>
    /// <param name="now">The control plane's clock, microseconds since 1970.</param>
    public static bool Is(long lastSeenAt, long? intervalMilliseconds, long now) =>
        now - lastSeenAt > IntervalsMax * 1_000 * (intervalMilliseconds ?? IntervalMillisecondsUsual);
}
