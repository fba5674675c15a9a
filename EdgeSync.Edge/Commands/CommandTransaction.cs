using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What a command may do in the transaction that records its result; over when its handler returns. There is no way to the file but these.</summary>
public sealed class CommandTransaction
{
    private readonly TelemetryStore _telemetry;
    private readonly DeviceConfig _config;
    private readonly List<ConfigEntry> _written = [];
    private bool _isOver;

    internal CommandTransaction(CommandContext command, TelemetryStore telemetry, DeviceConfig config) => (Command, _telemetry, _config) = (command, telemetry, config);

    /// <summary>The command.</summary>
    public CommandContext Command { get; }

    /// <summary>Stores readings, as <see cref="EdgeDevice.Append"/> does.</summary>
    /// <exception cref="InvalidOperationException">The handler has returned.</exception>
    public AppendResult Append(IReadOnlyList<Reading> readings)
    {
        ArgumentNullException.ThrowIfNull(readings);
        CheckOpen();
        return _telemetry.Append(readings);
    }

    /// <summary>Writes a value as the device, as <see cref="DeviceConfig.Set"/> does; <see cref="DeviceConfig.Changed"/> is raised after the commit.</summary>
    /// <exception cref="ArgumentException">The key or the value is not allowed; the message says what is.</exception>
    /// <exception cref="InvalidOperationException">The configuration has no room for it, or the handler has returned.</exception>
    public void SetConfig(string key, JsonValue value)
    {
        CheckOpen();
        _written.Add(_config.Store(key, value));
    }

    internal void End() => _isOver = true;

    internal void TellCommitted() => _written.ForEach(entry => _config.Tell(entry));

    private void CheckOpen()
    {
        if (_isOver)
        {
            throw new InvalidOperationException($"The transaction of command {Command.Kind} {Command.Id} is over; use it inside its handler only.");
        }
    }
}
