namespace EdgeSync.Protocol;

/// <summary>The answer to a telemetry batch, given after the commit.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Watermark">Every number up to it is accounted for. It may lie beyond the batch, when the device's file was rolled back.</param>
/// <param name="Digest">D(Watermark) as the control plane computed it; the device moves its cursor only if its own is equal.</param>
/// <param name="Refused">Readings of this batch that were refused, of a resend too.</param>
/// <param name="IntentVersion">Grows with every command and configuration change for the device; higher than the last seen means: pull.</param>
/// <param name="ServerTime">The control plane's clock, microseconds since 1970.</param>
public sealed record TelemetryAck(
    Epoch Epoch, long Watermark, Digest Digest, IReadOnlyList<RefusedReading> Refused, long IntentVersion, long ServerTime);

/// <summary>A reading that was refused.</summary>
/// <param name="Number">Its number in the stream.</param>
/// <param name="Reason">Why.</param>
public sealed record RefusedReading(long Number, ReadingRefusal Reason);

/// <summary>Asks for the control plane's digests at positions of a stream, to find where two copies part.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Positions">Numbers, 0 (the origin) or more; at most <see cref="Limits.DigestPositionsMax"/>.</param>
/// <param name="RefusedAfter">Asks too for the refused readings with higher numbers, whose acknowledgement a restored file may never have seen; absent for none.</param>
public sealed record DigestQuery(Epoch Epoch, IReadOnlyList<long> Positions, long? RefusedAfter = null);

/// <summary>The control plane's digests.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Watermark">0 for a stream it has never seen.</param>
/// <param name="Digests">One for each position asked, in the same order.</param>
/// <param name="Refused">The refused readings that were asked for, in ascending order, at most <see cref="Limits.DigestRefusalsMax"/>; ask again after the last for more.</param>
public sealed record DigestAnswer(Epoch Epoch, long Watermark, IReadOnlyList<PositionDigest> Digests, IReadOnlyList<RefusedReading> Refused);

/// <summary>A digest at a position.</summary>
/// <param name="Position">The number.</param>
/// <param name="Digest">D(Position); null above the watermark, inside a declared gap, or where rows have expired.</param>
public sealed record PositionDigest(long Position, Digest? Digest = null);
