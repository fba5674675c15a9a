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

/// <summary>Everything the journals hold.</summary>
internal sealed class World
{
    public Dictionary<int, List<ProducedReading>> Produced { get; } = [];

    public List<IssuedCommand> Commands { get; } = [];

    /// <summary>How often each command took effect.</summary>
    public Dictionary<CommandId, int> Effects { get; } = [];
}
