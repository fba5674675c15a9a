using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What the devices of one state have said of themselves, added up.</summary>
internal sealed record FleetTotals
{
    /// <summary>The states: syncing, not syncing, held back by an operator, and not heard because too many heartbeats are missing.</summary>
    public static readonly IReadOnlyList<string> States = [Heartbeat.ReasonOk, "failing", Heartbeat.ReasonPaused, "silent"];

    public string State { get; init; } = "";

    public long Devices { get; init; }

    /// <summary>Entries not yet acknowledged, as of their last heartbeats.</summary>
    public long PendingRecords { get; init; }

    /// <summary>When the oldest of them was recorded, microseconds since 1970; null when there is none.</summary>
    public long? OldestPendingAt { get; init; }

    /// <summary>Readings set aside.</summary>
    public long DeadLetters { get; init; }
}
