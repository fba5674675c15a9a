namespace EdgeSync.EdgeSimulator;

/// <summary>What goes wrong in a world; each can be left out, and draws from its own source, so that leaving one out moves nothing of the others.</summary>
internal enum FaultKind
{
    /// <summary>Requests are lost before they arrive.</summary>
    Loss,

    /// <summary>Answers are lost.</summary>
    Answer,

    /// <summary>Requests and answers take long: also longer than anyone waits, so that they overtake each other.</summary>
    Delay,

    /// <summary>Requests arrive twice, the second time now or later.</summary>
    Duplicate,

    /// <summary>A device is cut off, both ways or one.</summary>
    Partition,

    /// <summary>A device's program is killed between two of its callbacks, or stopped in order.</summary>
    DeviceKill,

    /// <summary>A device's program is killed before or after a statement on its file.</summary>
    StatementKill,

    /// <summary>Ingest or Commands is killed between two of its callbacks.</summary>
    ServiceKill,

    /// <summary>Ingest or Commands is killed before or after a transaction's beginning or commit.</summary>
    TransactionKill,

    /// <summary>A device loses its power: its log ends in what a torn write leaves.</summary>
    Power,

    /// <summary>A device's file is replaced by an older copy.</summary>
    Rollback,

    /// <summary>A device's disk is full, its file is busy, or the disk fails.</summary>
    Disk,

    /// <summary>The control plane's database cannot be used.</summary>
    Database,

    /// <summary>Clocks are wrong, drift, and jump.</summary>
    Clock,
}
