using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>What the database has of a device, for a look at the whole fleet. Times are microseconds since 1970.</summary>
internal sealed class FleetRow
{
    public DeviceId Id { get; init; }

    public string Name { get; init; } = "";

    public string State { get; init; } = "";

    public string Labels { get; init; } = "";

    public long? LastSeenAt { get; init; }

    public long? ClockOffsetUs { get; init; }

    public string? Reason { get; init; }

    public long? ReasonSince { get; init; }

    public string? AgentVersion { get; init; }

    public long? IntervalMs { get; init; }

    public long? PendingRecords { get; init; }

    public long? PendingBytes { get; init; }

    public long? OldestPendingAt { get; init; }

    public long? DeadLetters { get; init; }

    public long? DiskFreeBytes { get; init; }

    public long? DatabaseBytes { get; init; }

    public long? DatabaseBytesMax { get; init; }

    public DeviceState DeviceState => Words.Parse<DeviceState>(State);

    public FleetDevice ToView(DeviceHealth health, bool isDamaged) => new(
        Id, Name, DeviceState, JsonSerializer.Deserialize(Labels, ProtocolJson.Default.DictionaryStringString)!, health, PendingRecords ?? 0, PendingBytes ?? 0, DeadLetters ?? 0,
        isDamaged, Reason, ReasonSince, LastSeenAt, OldestPendingAt, ClockOffsetUs, AgentVersion, DiskFreeBytes, DatabaseBytes, DatabaseBytesMax);
}
