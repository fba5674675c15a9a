namespace EdgeSync.Protocol;

/// <summary>What a device says of itself, also when telemetry is throttled.</summary>
/// <param name="Boot">The run of the device program.</param>
/// <param name="SentAt">The device's clock, microseconds since 1970.</param>
/// <param name="AgentVersion">The version of EdgeSync.Edge.</param>
/// <param name="Reason">Why it is not syncing, a reason code of docs/protocol.md; <c>ok</c> when it is.</param>
/// <param name="ReasonSince">Since when, by the device's clock, microseconds since 1970.</param>
/// <param name="PendingRecords">Readings not yet acknowledged.</param>
/// <param name="PendingBytes">About how many bytes they take on the device's disk.</param>
/// <param name="DeadLetters">Readings set aside.</param>
/// <param name="Streams">The device's streams that it still has rows of, and the live one; at most <see cref="Limits.HeartbeatStreamsMax"/>.</param>
/// <param name="OldestPendingAt">The oldest of the pending readings, microseconds since 1970; null when there is none.</param>
/// <param name="DiskFreeBytes">Left on the disk of the database file; null if not known.</param>
public sealed record Heartbeat(
    Boot Boot,
    long SentAt,
    string AgentVersion,
    string Reason,
    long ReasonSince,
    long PendingRecords,
    long PendingBytes,
    int DeadLetters,
    IReadOnlyList<StreamPosition> Streams,
    long? OldestPendingAt = null,
    long? DiskFreeBytes = null);

/// <summary>Where a stream stands on the device.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Head">The last number taken.</param>
/// <param name="Acknowledged">The last number that the control plane has acknowledged.</param>
/// <param name="Live">Whether new readings go there.</param>
public sealed record StreamPosition(Epoch Epoch, long Head, long Acknowledged, bool Live);

/// <summary>The answer to a heartbeat.</summary>
/// <param name="ServerTime">The control plane's clock, microseconds since 1970.</param>
/// <param name="IntentVersion">As in <see cref="TelemetryAck"/>.</param>
/// <param name="Streams">What the control plane has of each stream that was named, in the same order: one that lies below what the device believes acknowledged was restored from a backup, and the device sends again.</param>
public sealed record HeartbeatAck(long ServerTime, long IntentVersion, IReadOnlyList<StreamWatermark> Streams);

/// <summary>What the control plane has of a stream.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Watermark">0 for one that it has never seen.</param>
/// <param name="Verify">Where the control plane has found damage; the device verifies these numbers, and more if it likes. Absent for none.</param>
public sealed record StreamWatermark(Epoch Epoch, long Watermark, NumberRange? Verify = null);
