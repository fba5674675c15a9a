using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>What must hold between any two callbacks of a world, and at its end.</summary>
internal sealed class WorldChecks(SimulatedWorld world, WorldCheckStore store)
{
    private const int RowsEvery = 10;

    private readonly Dictionary<(string Device, long Epoch), long> _watermarks = [];
    private long _requests = -1;
    private Dictionary<string, string> _ended = [];

    /// <summary>What must hold after each step; where no request has arrived since the last one, only what needs none has changed.</summary>
    public void CheckStep(int step)
    {
        if (_requests == world.Network.Requests && step % RowsEvery != 0)
        {
            return;
        }

        _requests = world.Network.Requests;
        Find("ledger", store.FindUnbalanced());
        if (step % RowsEvery == 0)
        {
            Find("ledger", store.FindBrokenLedger());
            Find("stored-once", store.FindTwice());
        }

        var streams = store.ReadStreams().ToDictionary(stream => (stream.Device, stream.Epoch));
        CheckWatermarks(streams);
        foreach (var device in world.Devices.Where(device => device.Running is not null))
        {
            CheckCursors(device, streams);
        }

        CheckEffects();
        CheckResults();
    }

    /// <summary>Whether nothing is left to do, as far as a glance tells.</summary>
    public bool IsQuiet() => world.Operator.IsIdle
        && world.Devices.All(device => device.Running is not null && device.Look(running => running.Status) is { PendingRecords: 0, PendingCommands: 0 })
        && store.CountOpenCommands() == 0;

    /// <summary>What is left to do.</summary>
    public string DescribeUnrest() => string.Join("; ", world.Devices.Select(device => device.Running is null
            ? $"{device.Name} is off"
            : device.Look(running => running.Status) is var status ? $"{device.Name} has {status.PendingRecords} readings and {status.PendingCommands} commands ({status.Reason}: {status.LastError})" : "")
        .Append($"{store.CountOpenCommands()} commands are open").Append(world.Operator.IsIdle ? "operators are done" : "operators wait"));

    /// <summary>The audit of a fleet at rest.</summary>
    public AuditResult Audit(string database)
    {
        using var controlPlane = ControlPlaneReader.Open(WorldStage.ConnectionString(database));
        var result = new AuditResult();
        var rules = controlPlane.ReadConfigRules();
        var stored = world.Devices.ToDictionary(device => device.Number, device => controlPlane.Read(device.Id));
        foreach (var device in world.Devices)
        {
            Auditor.CheckDevice(device.Name, device.Number, device.Id, DeviceFile.TryRead(device.Files.Path), stored[device.Number], rules, world.Record.World, result);
        }

        if (result.Pending > 0)
        {
            result.Differ($"{result.Pending} readings are on devices that believe they have sent everything");
        }

        var commands = controlPlane.ReadCommands();
        CommandAudit.Check(world.Record.World, commands, result);
        CheckSamples(commands, stored, result);
        CheckIssued(commands, result);
        CheckPanels(stored, result);
        foreach (var device in world.Devices.Where(device => !world.Record.World.RolledBack.Contains(device.Number)))
        {
            CheckEnds(device, commands, result);
        }

        return result;
    }

    // The reading of a transactional command and its result are kept together or not at all, unless the file went back between the one's way and the other's.
    private void CheckSamples(IReadOnlyList<StoredCommand> commands, Dictionary<int, StoredDevice> stored, AuditResult result)
    {
        var samples = stored.SelectMany(pair => pair.Value.Readings.Where(row => row.Reading.Sensor == "sample").Select(row => (pair.Key, row.Reading.Payload)))
            .ToLookup(sample => sample.Payload!.Trim('"'), sample => sample.Key);
        var devices = world.Devices.ToDictionary(device => device.Id, device => device.Number);
        foreach (var command in commands.Where(command => command.Key is not null))
        {
            var count = samples[command.Id.ToString()].Count();
            var hasRun = world.Record.Samples.ContainsKey(command.Id);
            if (count > 1)
            {
                result.Differ($"command {command.Id}: its one reading is stored {count} times");
            }
            else if (hasRun && (command.State == CommandState.Succeeded) != (count == 1) && !world.Record.World.RolledBack.Contains(devices[command.Device]))
            {
                result.Differ($"command {command.Id}: reported as {Words.Of(command.State)}, and its reading is {(count == 0 ? "nowhere" : "stored")}");
            }
        }
    }

    // Where no operator writes, what a panel was promised last is what there is, or a conflict tells of it: with a write that its file has lost, the only one that it can meet. So does one of each
    // value that its device gave up, because the control plane decides before it answers.
    private void CheckPanels(Dictionary<int, StoredDevice> stored, AuditResult result)
    {
        foreach (var (number, key, last) in world.Record.LastTurns())
        {
            var final = stored[number].Config.GetValueOrDefault(key)?.Value;
            if (final != last.Value && !last.After.Contains(final) && !IsToldOf(stored[number], key, last.Value))
            {
                result.Differ($"device-{number} configuration {key}: the panel's last write was {last.Value?.Text ?? "a deletion"}, it is {final?.Text ?? "deleted"}, and no conflict tells of that");
            }
        }

        foreach (var (number, key, value) in world.Record.GivenUp().Where(turn => !IsToldOf(stored[turn.Device], turn.Key, turn.Value)))
        {
            result.Differ($"device-{number} configuration {key}: the panel wrote {value?.Text ?? "a deletion"}, its device gave that up for the control plane's value, and no conflict tells of it");
        }
    }

    private static bool IsToldOf(StoredDevice stored, string key, JsonValue? value) =>
        stored.Conflicts.Any(conflict => conflict.Key == key && (conflict.Winner.Value == value || conflict.Loser.Value == value));

    private void CheckIssued(IReadOnlyList<StoredCommand> commands, AuditResult result)
    {
        foreach (var keys in commands.GroupBy(command => command.Key ?? ""))
        {
            if (keys.Count() > 1 || !world.Record.Keys.Contains(keys.Key))
            {
                result.Differ($"{keys.Count()} commands have the idempotency key '{keys.Key}', which was used for {(world.Record.Keys.Contains(keys.Key) ? "one" : "none")}");
            }
        }
    }

    // How a command ended is the device's to say, and what it has said stands.
    private static void CheckEnds(WorldDevice device, IReadOnlyList<StoredCommand> commands, AuditResult result)
    {
        var states = commands.ToDictionary(command => command.Id.ToString(), command => Words.Of(command.State));
        foreach (var (id, outcome) in device.Look(WorldCheckStore.ReadOutcomes))
        {
            if (states.GetValueOrDefault(id) is var state && state != outcome)
            {
                result.Differ($"command {id}: ended as {outcome} on {device.Name}, and is {state ?? "nowhere"} in the control plane");
            }
        }
    }

    private void CheckWatermarks(Dictionary<(string Device, long Epoch), SeenStream> streams)
    {
        foreach (var (place, stream) in streams)
        {
            var before = _watermarks.GetValueOrDefault(place);
            Find("watermark", stream.Position < before ? $"{place.Device} stream {place.Epoch}: the watermark went back from {before} to {stream.Position}" : null);
            _watermarks[place] = stream.Position;
        }
    }

    private void CheckCursors(WorldDevice device, Dictionary<(string Device, long Epoch), SeenStream> streams)
    {
        foreach (var cursor in device.Look(WorldCheckStore.ReadCursors))
        {
            var has = streams.GetValueOrDefault((cursor.Device, cursor.Epoch));
            Find("cursor", cursor.Position > has.Position ? $"{device.Name} stream {cursor.Epoch}: the device believes {cursor.Position} acknowledged, the control plane has {has.Position}" : null);
            Find("digest", cursor.Position > 0 && cursor.Position == has.Position && cursor.Digest != has.Digest ? $"{device.Name} stream {cursor.Epoch}: the digests at {cursor.Position} differ" : null);
        }
    }

    private void CheckEffects()
    {
        var untold = world.Record.World.Effects.Count == 0 ? [] : store.ReadUntold();
        foreach (var (command, count) in world.Record.World.Effects)
        {
            Find("effects", count > 1 ? $"command {command} took effect {count} times" : null);
            Find("effects", untold.Contains(command.ToString()) ? $"command {command} took effect, and nobody was told to run it" : null);
        }
    }

    private void CheckResults()
    {
        var ended = store.ReadEnded().ToDictionary(command => command.Id, command => command.State, StringComparer.Ordinal);
        foreach (var (id, before) in _ended)
        {
            var now = ended.GetValueOrDefault(id, "open again");
            Find("results", before != now ? $"command {id} ended as {before}, and is {now} now" : null);
        }

        _ended = ended;
    }

    private void Find(string check, string? sentence)
    {
        if (sentence is not null)
        {
            world.Find(check, sentence);
        }
    }
}
