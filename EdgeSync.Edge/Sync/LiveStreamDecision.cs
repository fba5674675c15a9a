using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>When new readings go to a stream of their own, so that they do not wait for the backlog before them. Pure.</summary>
internal static class LiveStreamDecision
{
    /// <summary>
    /// Asked after an acknowledgement, which shows that telemetry flows: while nothing does, a new stream would only fill as the one before it did. A stream stays contiguous
    /// whatever is begun beside it.
    /// </summary>
    /// <param name="pending">Readings of the live stream that are not acknowledged.</param>
    /// <param name="pendingMax">So many may be ahead of a new reading; 0 is any number.</param>
    /// <param name="openStreams">Streams with readings that are not acknowledged, the live one among them.</param>
    public static bool BeginsAnew(long pending, int pendingMax, int openStreams) => pendingMax > 0 && pending > pendingMax && openStreams < Limits.OpenStreamsMax;
}
