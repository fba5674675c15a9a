namespace EdgeSync.Protocol;

/// <summary>What a device says of itself, also when telemetry is throttled.</summary>
/// <param name="Boot">The run of the device program.</param>
/// <param name="SentAt">The device's clock, microseconds since 1970.</param>
/// <param name="AgentVersion">The version of EdgeSync.Edge.</param>
/// <param name="Reason">Why it is not syncing, a reason code of docs/recovery.md; <c>ok</c> when it is.</param>
/// <param name="ReasonSince">Since when, by the device's clock, microseconds since 1970.</param>
/// <param name="PendingRecords">Readings not yet acknowledged.</param>
/// <param name="PendingBytes">About how many bytes they take on the device's disk.</param>
/// <param name="DeadLetters">Readings set aside.</param>
/// <param name="Streams">The device's streams that it still has rows of, and the live one; at most <see cref="Limits.HeartbeatStreamsMax"/>.</param>
/// <param name="OldestPendingAt">The oldest of the pending readings, microseconds since 1970; null when there is none.</param>
/// <param name="DiskFreeBytes">Left on the disk of the database file; null if not known.</param>
/// <param name="NextAttemptAt">When it tries again what the reason is about, by the device's clock, microseconds since 1970; null when it is syncing or waits for nothing.</param>
/// <param name="Lanes">The kinds of exchange that do not work, at most <see cref="Limits.HeartbeatLanesMax"/>; null when all do.</param>
/// <param name="IntervalMilliseconds">How often it says how it is; null if not told.</param>
/// <param name="Storage">How its file stands; null if not told.</param>
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
    long? DiskFreeBytes = null,
    long? NextAttemptAt = null,
    IReadOnlyList<LaneReason>? Lanes = null,
    long? IntervalMilliseconds = null,
    StorageReport? Storage = null)
{
    /// <summary>The reason of a device that syncs.</summary>
    public const string ReasonOk = "ok";

    /// <summary>The reason of a device whose telemetry an operator holds back.</summary>
    public const string ReasonPaused = "paused";
}

/// <summary>How a device's file stands.</summary>
/// <param name="DatabaseBytes">Its size, without the write-ahead log.</param>
/// <param name="FreeBytes">What of it can be used again.</param>
/// <param name="ReclaimedBytes">Given back to the disk since the program's start.</param>
/// <param name="Dropped">Readings that the device dropped unsent for want of room, ever; each is in a declared gap.</param>
/// <param name="Refused">Readings that were not taken for want of room since the program's start; the sensor was told.</param>
/// <param name="Salvages">How often the file was found damaged and what could be read of it went into a new one.</param>
/// <param name="BytesMax">Its limit; null if there is none.</param>
/// <param name="SalvagedAt">The last time, microseconds since 1970; null if never.</param>
public sealed record StorageReport(
    long DatabaseBytes, long FreeBytes, long ReclaimedBytes, long Dropped, long Refused, int Salvages, long? BytesMax = null, long? SalvagedAt = null);

/// <summary>Why one kind of exchange does not work.</summary>
/// <param name="Lane"><c>certificate</c>, <c>telemetry</c>, <c>commands</c>, <c>config</c> or <c>heartbeat</c>.</param>
/// <param name="Reason">A reason code of docs/recovery.md.</param>
/// <param name="Since">Since when, by the device's clock, microseconds since 1970.</param>
/// <param name="NextAttemptAt">When it tries again; null when it waits for nothing.</param>
public sealed record LaneReason(string Lane, string Reason, long Since, long? NextAttemptAt = null);

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
