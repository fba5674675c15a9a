using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>A reading as its sensor knows it.</summary>
/// <param name="Reading">What was produced.</param>
/// <param name="Name">The number it was acknowledged under; null when the device never said so, because it was killed first.</param>
internal sealed record ProducedReading(Reading Reading, EntryName? Name);

/// <summary>A command as its operator knows it.</summary>
/// <param name="Device">The device's number.</param>
/// <param name="Key">Its idempotency key.</param>
/// <param name="Id">Null when the control plane's answer never came.</param>
internal sealed record IssuedCommand(int Device, string Key, CommandId? Id);

/// <summary>A configuration key of a device as those who wrote it know it.</summary>
/// <param name="Panel">Writes that the device has acknowledged to its panel, in no order.</param>
/// <param name="PanelInDoubt">Values that were given to the device, which was killed before it could say what it made of them; null for deletions.</param>
/// <param name="Operators">Writes that the control plane has acknowledged.</param>
/// <param name="OperatorsInDoubt">Values that were sent and not answered, or answered without saying what was written: all deletions, which are null.</param>
internal sealed record KeyWrites(List<ConfigEntry> Panel, List<JsonValue?> PanelInDoubt, List<ConfigEntry> Operators, List<JsonValue?> OperatorsInDoubt)
{
    public static KeyWrites None => new([], [], [], []);
}

/// <summary>Everything the journals hold.</summary>
internal sealed class World
{
    public Dictionary<int, List<ProducedReading>> Produced { get; } = [];

    public List<IssuedCommand> Commands { get; } = [];

    /// <summary>What panels and operators wrote, by the device's number and the key.</summary>
    public Dictionary<(int Device, string Key), KeyWrites> Config { get; } = [];

    /// <summary>Devices whose file was replaced by an older copy.</summary>
    public HashSet<int> RolledBack { get; } = [];

    /// <summary>How often each command took effect.</summary>
    public Dictionary<CommandId, int> Effects { get; } = [];
}
