using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What became of a <see cref="WriteRequest"/>.</summary>
internal abstract record WriteOutcome
{
    /// <summary>Every number of the batch is accounted for; the counts are what this batch added, and how many readings were there already.</summary>
    internal sealed record Acknowledged(TelemetryAck Ack, int Stored, int Refused, int Replayed) : WriteOutcome;

    internal sealed record HeartbeatKept(HeartbeatAck Ack) : WriteOutcome;

    /// <summary>Nothing was changed: the batch does not fit the stream.</summary>
    internal sealed record Conflict(ProblemType Type, Epoch Epoch, long Watermark, Digest Digest) : WriteOutcome;

    /// <summary>Nothing was changed: a newer run of the device program has been seen.</summary>
    internal sealed record StaleBoot(Boot Newest) : WriteOutcome;

    /// <summary>Nothing was written but the proof: a second machine uses the device's identity.</summary>
    internal sealed record CloneProved : WriteOutcome;

    /// <summary>Nothing was changed: too many writes are waiting.</summary>
    internal sealed record QueueFull : WriteOutcome;

    /// <summary>Nothing was changed: the service is stopping.</summary>
    internal sealed record Stopping : WriteOutcome;
}
