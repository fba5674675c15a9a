using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>Reads the journals that <see cref="Journal"/> wrote.</summary>
internal static class JournalReader
{
    public static World Read(string folder)
    {
        var world = new World();
        foreach (var path in Directory.EnumerateFiles(folder, "*.journal").Order(StringComparer.Ordinal))
        {
            Read(path, world);
        }

        return world;
    }

    private static void Read(string path, World world)
    {
        var calls = new Dictionary<long, List<Reading>>();
        var devices = new Dictionary<long, int>();
        var begun = new Dictionary<string, int>(StringComparer.Ordinal);
        var writing = new Dictionary<long, (bool IsPanel, int Device, string Key, JsonValue? Value)>();
        foreach (var line in WholeLines(path))
        {
            var parts = line.Split('\t');
            var device = int.Parse(parts[1], CultureInfo.InvariantCulture);
            switch (parts[0])
            {
                case "P":
                    var call = Number(parts[2]);
                    devices[call] = device;
                    (calls.TryGetValue(call, out var readings) ? readings : calls[call] = []).Add(ParseReading(parts));
                    break;
                case "A":
                    Acknowledge(world, device, calls, Number(parts[2]), new Epoch(Number(parts[3])), Number(parts[4]));
                    break;
                case "E":
                    var command = CommandId.Parse(parts[2]);
                    world.Effects[command] = world.Effects.GetValueOrDefault(command) + 1;
                    break;
                case "R":
                    world.RolledBack.Add(device);
                    break;
                case "K" or "W":
                    writing[Number(parts[2])] = (parts[0] == "K", device, parts[3], parts[4] == "-" ? null : new JsonValue(parts[4]));
                    break;
                case "D" or "C":
                    writing.Remove(Number(parts[2]));
                    var entry = ConfigTexts.Entry(parts[3]);
                    (parts[0] == "D" ? Of(world, device, entry.Key).Panel : Of(world, device, entry.Key).Operators).Add(entry);
                    break;
                case "O":
                    begun[parts[2]] = device;
                    break;
                case "I":
                    begun.Remove(parts[2]);
                    world.Commands.Add(new IssuedCommand(device, parts[2], CommandId.Parse(parts[3])));
                    break;
            }
        }

        foreach (var (call, readings) in calls)
        {
            Of(world, devices[call]).AddRange(readings.Select(reading => new ProducedReading(reading, null)));
        }

        foreach (var (isPanel, device, key, value) in writing.Values)
        {
            (isPanel ? Of(world, device, key).PanelInDoubt : Of(world, device, key).OperatorsInDoubt).Add(value);
        }

        world.Commands.AddRange(begun.Select(pair => new IssuedCommand(pair.Value, pair.Key, null)));
    }

    private static void Acknowledge(World world, int device, Dictionary<long, List<Reading>> calls, long call, Epoch epoch, long first)
    {
        if (calls.Remove(call, out var readings))
        {
            Of(world, device).AddRange(readings.Select((reading, index) => new ProducedReading(reading, new EntryName(epoch, first + index))));
        }
    }

    private static Reading ParseReading(string[] parts) => new(
        parts[3],
        Number(parts[4]),
        parts[5] == "-" ? null : BitConverter.Int64BitsToDouble(long.Parse(parts[5], NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
        parts[6] == "-" ? null : parts[6]);

    private static List<ProducedReading> Of(World world, int device) =>
        world.Produced.TryGetValue(device, out var list) ? list : world.Produced[device] = [];

    private static KeyWrites Of(World world, int device, string key) =>
        world.Config.TryGetValue((device, key), out var writes) ? writes : world.Config[(device, key)] = KeyWrites.None;

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    // A killed process may leave half a line at the end.
    private static string[] WholeLines(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        var whole = text.LastIndexOf('\n') + 1;
        return text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
