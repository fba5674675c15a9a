using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What became of readings given to <see cref="EdgeDevice.Append"/>.</summary>
/// <param name="Epoch">The stream they are in.</param>
/// <param name="First">The first one's number; the others follow without holes.</param>
/// <param name="Stored">How many were stored.</param>
/// <param name="Refused">Those that were not, and took no number.</param>
public sealed record AppendResult(Epoch Epoch, long First, int Stored, IReadOnlyList<RefusedAppend> Refused);

/// <summary>A reading that was not stored.</summary>
/// <param name="Index">Its place in the list, from 0.</param>
/// <param name="Reason">Why.</param>
public sealed record RefusedAppend(int Index, ReadingRefusal Reason);
