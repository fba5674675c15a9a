namespace EdgeSync.Commands;

/// <summary>What is still on its way to devices.</summary>
/// <param name="Commands">Commands without an end; a state each, those with none are left out.</param>
/// <param name="Config">Configuration.</param>
internal sealed record IntentTotals(IReadOnlyList<OpenCommands> Commands, ConfigLag Config);

/// <summary>Commands in one state.</summary>
internal sealed record OpenCommands
{
    /// <summary>The states that a command without an end is in.</summary>
    public static readonly IReadOnlyList<string> States = ["pending", "leased", "delivered"];

    public string State { get; init; } = "";

    public long Commands { get; init; }

    /// <summary>When the oldest was created, microseconds since 1970.</summary>
    public long? OldestAt { get; init; }
}

/// <summary>Devices that were not told of the newest version of their configuration.</summary>
internal sealed record ConfigLag
{
    public long Devices { get; init; }

    /// <summary>When the oldest change was made that a device was not told of, microseconds since 1970; null when there is none.</summary>
    public long? OldestAt { get; init; }
}
