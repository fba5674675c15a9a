using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>Whether a device should have been heard since: one that nothing gets through from cannot say why. Pure.</summary>
internal static class SilenceRules
{
    /// <summary>Of a device that does not say how often it sends them.</summary>
    public const long IntervalMillisecondsUsual = 30_000;

    /// <summary>One heartbeat may be lost, and one late.</summary>
    public const int IntervalsMax = 3;

    /// <summary>When it was heard last, if that is too long ago; null when it is heard.</summary>
    /// <param name="lastSeenAt">Its last batch or heartbeat, microseconds since 1970.</param>
    /// <param name="heartbeat">Its last heartbeat.</param>
    /// <param name="now">The control plane's clock, microseconds since 1970.</param>
    public static long? SilentSince(long? lastSeenAt, Heartbeat? heartbeat, long now) =>
        lastSeenAt is { } at && now - at > IntervalsMax * 1_000 * (heartbeat?.IntervalMilliseconds ?? IntervalMillisecondsUsual) ? at : null;
}
