using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>A stream as the device's file has it.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Head">The last number taken.</param>
/// <param name="HeadDigest">D(Head).</param>
/// <param name="Acked">The last number that the control plane has acknowledged.</param>
/// <param name="AckedDigest">D(Acked).</param>
/// <param name="RetainedAfter">Rows up to it were deleted after their time.</param>
/// <param name="RetainedAfterDigest">D(RetainedAfter).</param>
/// <param name="Live">Whether new readings go there.</param>
internal sealed record StreamRow(
    Epoch Epoch, long Head, Digest HeadDigest, long Acked, Digest AckedDigest, long RetainedAfter, Digest RetainedAfterDigest, bool Live)
{
    public long Pending => Head - Acked;
}
