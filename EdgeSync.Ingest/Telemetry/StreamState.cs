using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>Names a stream: a device and one of its epochs.</summary>
internal readonly record struct StreamKey(DeviceId Device, Epoch Epoch) : IComparable<StreamKey>
{
    public int CompareTo(StreamKey other)
    {
        var order = Device.CompareTo(other.Device);
        return order != 0 ? order : Epoch.Value.CompareTo(other.Epoch.Value);
    }
}

/// <summary>A stream's ledger: <c>Watermark = Stored + Refused + Gaps</c>, and D(Watermark).</summary>
internal sealed record StreamState(
    long Watermark, Digest Digest, long Stored, long Refused, long Gaps, long OpenedAt, long UpdatedAt, BlockBounds Block)
{
    /// <summary>A stream that has never been seen.</summary>
    public static StreamState Opened(StreamKey key, long now) =>
        new(0, DigestChain.Origin(key.Device, key.Epoch), 0, 0, 0, now, now, default);
}

/// <summary>Between which times the stored readings since a checkpoint lie; empty while there are none.</summary>
internal readonly record struct BlockBounds(long? RecordedMin, long? RecordedMax, long? ReceivedMin, long? ReceivedMax)
{
    public BlockBounds Include(long recordedAt, long receivedAt) => new(
        Math.Min(RecordedMin ?? recordedAt, recordedAt),
        Math.Max(RecordedMax ?? recordedAt, recordedAt),
        Math.Min(ReceivedMin ?? receivedAt, receivedAt),
        Math.Max(ReceivedMax ?? receivedAt, receivedAt));
}
