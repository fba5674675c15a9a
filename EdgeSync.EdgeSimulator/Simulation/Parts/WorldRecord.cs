using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>What sensors, actuators, panels and operators of a world saw themselves: the audit's truth, in memory, and nothing that breaks in the world breaks it.</summary>
internal sealed class WorldRecord
{
    private readonly Dictionary<int, HashSet<long>> _times = [];
    private readonly Dictionary<(int Device, string Key), Turn> _lastTurns = [];
    private readonly List<(int Device, string Key, JsonValue? Value)> _givenUp = [];

    /// <summary>As journals of a run hold it.</summary>
    public World World { get; } = new();

    /// <summary>Every idempotency key that an operator has used.</summary>
    public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

    /// <summary>How often the handler of a transactional command ran, by command.</summary>
    public Dictionary<CommandId, int> Samples { get; } = [];

    /// <summary>A time that no reading of the device has: clocks go back, and readings are told apart by their time.</summary>
    public long UniqueTime(int device, long now)
    {
        var used = _times.TryGetValue(device, out var known) ? known : _times[device] = [];
        while (!used.Add(now))
        {
            now++;
        }

        return now;
    }

    /// <summary>Readings that are about to be given to a device; nobody has promised to keep them yet.</summary>
    /// <returns>The first one's place.</returns>
    public int Producing(int device, IReadOnlyList<Reading> readings)
    {
        var produced = Of(device);
        produced.AddRange(readings.Select(reading => new ProducedReading(reading, null)));
        return produced.Count - readings.Count;
    }

    /// <summary>The device has said that it keeps them.</summary>
    public void Kept(int device, int place, Epoch epoch, long first, int count)
    {
        var produced = Of(device);
        for (var i = 0; i < count; i++)
        {
            produced[place + i] = produced[place + i] with { Name = new EntryName(epoch, first + i) };
        }
    }

    /// <summary>How many readings were produced.</summary>
    public int Count(int device) => Of(device).Count;

    /// <summary>How far a device has come.</summary>
    public Mark MarkOf(int device) => new(Count(device), World.Config.Where(pair => pair.Key.Device == device).ToDictionary(pair => pair.Key.Key, pair => pair.Value.Panel.Count));

    /// <summary>A value that is about to be given to a device's panel.</summary>
    public void Turning(int device, string key, JsonValue? value)
    {
        WritesOf(device, key).PanelInDoubt.Add(value);
        if (_lastTurns.TryGetValue((device, key), out var last))
        {
            last.After.Add(value);
        }
    }

    /// <summary>The device has said what it wrote.</summary>
    public void Turned(int device, string key, JsonValue? value, ConfigEntry entry)
    {
        var writes = WritesOf(device, key);
        writes.PanelInDoubt.Remove(value);
        writes.Panel.Add(entry);
        _lastTurns[(device, key)] = new Turn(entry.Value, []);
    }

    /// <summary>The device has given up the panel's last value for the control plane's.</summary>
    public void GiveUp(int device, string key)
    {
        if (_lastTurns.TryGetValue((device, key), out var last) && last.After.Count == 0)
        {
            _givenUp.Add((device, key, last.Value));
        }
    }

    /// <summary>The values that a panel was promised and that its device gave up, of each key that no operator has ever written.</summary>
    public IEnumerable<(int Device, string Key, JsonValue? Value)> GivenUp() => _givenUp.Where(turn => HasNoOperator((turn.Device, turn.Key)));

    /// <summary>The last value that a panel was promised, of each key that no operator has ever written; and those that were given to it since and perhaps taken.</summary>
    public IEnumerable<(int Device, string Key, Turn Last)> LastTurns() => _lastTurns
        .Where(pair => HasNoOperator(pair.Key))
        .Select(pair => (pair.Key.Device, pair.Key.Key, pair.Value));

    /// <summary>What was promised since is promised no more, because the device's file went back: all but the readings that the control plane had.</summary>
    public void TakeBack(int device, Mark since, Func<Reading, bool> isStored)
    {
        foreach (var ((number, key), writes) in World.Config)
        {
            var kept = since.PanelWrites.GetValueOrDefault(key);
            if (number == device && writes.Panel.Count > kept)
            {
                writes.PanelInDoubt.AddRange(writes.Panel[kept..].Select(entry => entry.Value));
                writes.Panel.RemoveRange(kept, writes.Panel.Count - kept);
                _lastTurns.Remove((number, key));
            }
        }

        var produced = Of(device);
        for (var i = since.Produced; i < produced.Count; i++)
        {
            if (!isStored(produced[i].Reading))
            {
                produced[i] = produced[i] with { Name = null };
            }
        }
    }

    private bool HasNoOperator((int Device, string Key) place) => World.Config[place] is { Operators: [], OperatorsInDoubt: [] };

    /// <summary>A moment of a device.</summary>
    /// <param name="Produced">Readings that it had been given.</param>
    /// <param name="PanelWrites">Writes of its panel, by key.</param>
    internal sealed record Mark(int Produced, IReadOnlyDictionary<string, int> PanelWrites);

    /// <summary>A value that a panel was promised.</summary>
    /// <param name="Value">Null for a deletion.</param>
    /// <param name="After">Values that it was given after it, and that nobody has promised.</param>
    internal sealed record Turn(JsonValue? Value, List<JsonValue?> After);

    public KeyWrites WritesOf(int device, string key) =>
        World.Config.TryGetValue((device, key), out var writes) ? writes : World.Config[(device, key)] = KeyWrites.None;

    public void Effect(CommandId command) => World.Effects[command] = World.Effects.GetValueOrDefault(command) + 1;

    private List<ProducedReading> Of(int device) => World.Produced.TryGetValue(device, out var list) ? list : World.Produced[device] = [];
}
