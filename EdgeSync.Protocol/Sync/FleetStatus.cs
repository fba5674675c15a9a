namespace EdgeSync.Protocol;

/// <summary>How a device is: the first of these that holds, the worst first.</summary>
public enum DeviceHealth
{
    /// <summary>It may not enter: disabled, or quarantined.</summary>
    Stopped,

    /// <summary>It was heard once, and not for three of its heartbeats' intervals.</summary>
    Silent,

    /// <summary>It says why it is not syncing.</summary>
    Failing,

    /// <summary>Its oldest reading has waited for longer than <c>Status:LateAfter</c>.</summary>
    Late,

    /// <summary>It syncs, and something wants to be looked at: dead letters, damaged rows, a wrong clock, or that an operator has paused it.</summary>
    Attention,

    /// <summary>Registered, and never heard.</summary>
    Unseen,

    /// <summary>It syncs.</summary>
    Ok,
}

/// <summary>How the fleet, or what a selector names of it, is.</summary>
/// <param name="At">When that was read, microseconds since 1970, as every time here.</param>
/// <param name="Devices">How many there are.</param>
/// <param name="Health">How many are how; a word of <see cref="DeviceHealth"/> each, those without devices too.</param>
/// <param name="Reasons">Why devices that are heard are not syncing: reason codes of docs/recovery.md with how many devices.</param>
/// <param name="Versions">Versions of their agents with how many devices.</param>
/// <param name="PendingRecords">Readings that wait on devices, as they said last.</param>
/// <param name="PendingBytes">What those take on their disks.</param>
/// <param name="DeadLetters">Readings that were set aside.</param>
/// <param name="Damaged">Devices with rows here that do not fit what was acknowledged.</param>
/// <param name="ClocksWrong">Devices whose clocks are off by more than <c>Status:ClockOffsetMax</c>.</param>
/// <param name="Stored">Readings stored so far, of the whole fleet even where a selector was given.</param>
/// <param name="OldestPendingAt">The oldest reading that waits.</param>
/// <param name="DrainsAt">When nothing will wait any more if the last minutes go on; absent while it does not shrink.</param>
public sealed record FleetStatus(
    long At,
    int Devices,
    IReadOnlyDictionary<string, int> Health,
    IReadOnlyDictionary<string, int> Reasons,
    IReadOnlyDictionary<string, int> Versions,
    long PendingRecords,
    long PendingBytes,
    long DeadLetters,
    int Damaged,
    int ClocksWrong,
    long Stored,
    long? OldestPendingAt = null,
    long? DrainsAt = null);

/// <summary>A device in a list of the fleet.</summary>
/// <param name="Device">The device.</param>
/// <param name="Name">For people.</param>
/// <param name="State">What it may do.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Health">How it is.</param>
/// <param name="Reason">Why it is not syncing, <c>ok</c> when it is; absent until it was heard.</param>
/// <param name="ReasonSince">Since when, by the device's clock, microseconds since 1970, as every time here.</param>
/// <param name="LastSeenAt">Its last batch or heartbeat; absent until then.</param>
/// <param name="PendingRecords">Readings that wait on it.</param>
/// <param name="PendingBytes">What those take on its disk.</param>
/// <param name="DeadLetters">Readings that were set aside.</param>
/// <param name="OldestPendingAt">The oldest of the waiting readings.</param>
/// <param name="ClockOffsetMicroseconds">Its clock minus ours, at its last message.</param>
/// <param name="AgentVersion">The version of EdgeSync.Edge.</param>
/// <param name="DiskFreeBytes">Left on its disk.</param>
/// <param name="DatabaseBytes">The size of its file.</param>
/// <param name="DatabaseBytesMax">The file's limit.</param>
/// <param name="Damaged">Whether rows here do not fit what was acknowledged.</param>
public sealed record FleetDevice(
    DeviceId Device,
    string Name,
    DeviceState State,
    IReadOnlyDictionary<string, string> Labels,
    DeviceHealth Health,
    long PendingRecords,
    long PendingBytes,
    long DeadLetters,
    bool Damaged,
    string? Reason = null,
    long? ReasonSince = null,
    long? LastSeenAt = null,
    long? OldestPendingAt = null,
    long? ClockOffsetMicroseconds = null,
    string? AgentVersion = null,
    long? DiskFreeBytes = null,
    long? DatabaseBytes = null,
    long? DatabaseBytesMax = null);

/// <summary>Every device of the fleet and how it is, small enough for a picture of it.</summary>
/// <param name="At">When that was read, microseconds since 1970.</param>
/// <param name="Devices">In the order of their ids.</param>
/// <param name="Health">A digit for each, in the same order: the place of its health in <see cref="DeviceHealth"/>, from 0.</param>
public sealed record FleetMap(long At, IReadOnlyList<DeviceId> Devices, string Health);

/// <summary>A minute of the fleet's history.</summary>
/// <param name="At">When it was taken, microseconds since 1970.</param>
/// <param name="Devices">How many there were.</param>
/// <param name="Ok">Those that synced, whether or not something wanted to be looked at.</param>
/// <param name="Silent">Those that were not heard.</param>
/// <param name="Failing">Those that said why they were not syncing, or were late.</param>
/// <param name="PendingRecords">Readings that waited on devices.</param>
/// <param name="Stored">Readings stored until then.</param>
/// <param name="OldestPendingAt">The oldest that waited.</param>
/// <param name="LatencyP50Milliseconds">
/// From the sensor to the database, of the oldest new reading of each batch that was committed in this minute: half of them took no longer. At most a fifth too high; absent when none was committed.
/// </param>
/// <param name="LatencyP95Milliseconds">The same of 95 of a hundred.</param>
/// <param name="LatencyP99Milliseconds">The same of 99 of a hundred.</param>
public sealed record FleetSample(
    long At,
    int Devices,
    int Ok,
    int Silent,
    int Failing,
    long PendingRecords,
    long Stored,
    long? OldestPendingAt = null,
    double? LatencyP50Milliseconds = null,
    double? LatencyP95Milliseconds = null,
    double? LatencyP99Milliseconds = null);

/// <summary>The fleet's last hours.</summary>
/// <param name="Samples">About one a minute, the oldest first.</param>
public sealed record FleetHistory(IReadOnlyList<FleetSample> Samples);

/// <summary>A device's last hours, and what comes of it if they go on.</summary>
/// <param name="Samples">About one in five minutes, the oldest first.</param>
/// <param name="DrainsAt">When nothing will wait any more, microseconds since 1970; absent while the backlog does not shrink.</param>
/// <param name="FullAt">When its file or disk will be full; absent while it does not grow.</param>
public sealed record DeviceHistory(IReadOnlyList<DeviceSample> Samples, long? DrainsAt = null, long? FullAt = null);

/// <summary>What a heartbeat said.</summary>
/// <param name="At">When it came, microseconds since 1970.</param>
/// <param name="Reason">Why the device was not syncing; <c>ok</c> when it was.</param>
/// <param name="PendingRecords">Readings that waited.</param>
/// <param name="PendingBytes">What they took on its disk.</param>
/// <param name="OldestPendingAt">The oldest that waited.</param>
/// <param name="DiskFreeBytes">Left on its disk.</param>
/// <param name="DatabaseBytes">The size of its file.</param>
public sealed record DeviceSample(
    long At, string Reason, long PendingRecords, long PendingBytes, long? OldestPendingAt = null, long? DiskFreeBytes = null, long? DatabaseBytes = null);

/// <summary>What of the map has changed since the event before.</summary>
/// <param name="Changes">Places in <see cref="FleetMap.Devices"/> with their new digit. Absent: other devices are there, ask for the map again.</param>
public sealed record FleetMapChange(IReadOnlyDictionary<string, string>? Changes = null);

/// <summary>Who asks.</summary>
/// <param name="Name">The token's subject.</param>
/// <param name="MayWrite">Whether the token lets it change anything.</param>
public sealed record OperatorView(string Name, bool MayWrite);
