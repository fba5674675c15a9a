using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What became of a <see cref="WriteRequest"/>.</summary>
internal abstract record WriteOutcome
{
    /// <summary>As metrics and traces say it.</summary>
    public string Word => this switch
    {
        Acknowledged => "acknowledged",
        HeartbeatKept => "heartbeat",
        Conflict conflict => conflict.Type.Code,
        StaleBoot => "stale-boot",
        CloneProved => "clone-proved",
        QueueFull => "overloaded",
        _ => "unavailable",
    };

    /// <summary>Every number of the batch is accounted for.</summary>
    /// <param name="Ack">For the device.</param>
    /// <param name="Replayed">How many of its readings were there already.</param>
    /// <param name="Plan">What the batch added; null when that is nothing.</param>
    internal sealed record Acknowledged(TelemetryAck Ack, int Replayed, AppendPlan? Plan) : WriteOutcome
    {
        public int Stored => Plan?.Rows.Count ?? 0;

        public int Refused => Plan?.Refusals.Count ?? 0;
    }

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
