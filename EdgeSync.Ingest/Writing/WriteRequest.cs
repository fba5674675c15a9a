using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>A fact from a device that waits to be committed.</summary>
internal abstract record WriteRequest(DeviceId Device, long ReceivedAt)
{
    public abstract Boot Boot { get; }

    /// <summary>The streams whose ledgers decide about it.</summary>
    public abstract IEnumerable<StreamKey> Streams { get; }

    /// <summary>The device's clock when it was sent, microseconds since 1970.</summary>
    public abstract long SentAt { get; }

    /// <summary>About how many rows it writes.</summary>
    public abstract int Rows { get; }

    /// <summary>About how much text it writes.</summary>
    public abstract long TextCharacters { get; }

    /// <summary>The device's clock minus ours; the way here is part of it.</summary>
    public long ClockOffsetMicroseconds => SentAt - ReceivedAt;
}

internal sealed record AppendRequest(DeviceId Device, CheckedBatch Batch, long ReceivedAt) : WriteRequest(Device, ReceivedAt)
{
    public StreamKey Stream => new(Device, Batch.Batch.Epoch);

    public override Boot Boot => Batch.Batch.Boot;

    public override IEnumerable<StreamKey> Streams => [Stream];

    public override long SentAt => Batch.Batch.SentAt;

    public override int Rows => Batch.Batch.ReadingCount + Batch.Batch.Gaps.Count;

    public override long TextCharacters => Batch.TextCharacters;
}

internal sealed record HeartbeatRequest(DeviceId Device, Heartbeat Heartbeat, long ReceivedAt) : WriteRequest(Device, ReceivedAt)
{
    public override Boot Boot => Heartbeat.Boot;

    public override IEnumerable<StreamKey> Streams => Heartbeat.Streams.Select(stream => new StreamKey(Device, stream.Epoch));

    public override long SentAt => Heartbeat.SentAt;

    public override int Rows => 1;

    // Its texts are bounded: a version, a reason, a few streams.
    public override long TextCharacters => 1_024;
}
