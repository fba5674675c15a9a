using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>Which fleet a data folder holds: kept with the first run, so that a later one continues the same devices.</summary>
/// <param name="IdentitySeed">Device ids are drawn from it.</param>
/// <param name="Devices">The most devices that any run had.</param>
internal sealed record FleetFile(int IdentitySeed, int Devices)
{
    private const int SchemaVersion = 1;

    /// <summary>A device's id: the same for the same fleet and number.</summary>
    public DeviceId DeviceId(int number)
    {
        Span<byte> bytes = stackalloc byte[16];
        Span<byte> hash = stackalloc byte[32];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, IdentitySeed);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], number);
        SHA256.HashData(bytes, hash);
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new DeviceId(new Guid(hash[..16], bigEndian: true));
    }

    /// <summary>Reads the folder's fleet, or begins one; a run with more devices makes it larger.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static FleetFile OpenOrCreate(DataFolder folder, int seed, int devices)
    {
        var fleet = TryRead(folder);
        fleet = fleet is null ? new FleetFile(seed, devices) : fleet with { Devices = Math.Max(fleet.Devices, devices) };
        var json = $$"""{"schemaVersion":{{SchemaVersion}},"identitySeed":{{fleet.IdentitySeed}},"devices":{{fleet.Devices}}}""";
        var draft = folder.FleetFile + ".new";
        File.WriteAllText(draft, json, Encoding.UTF8);
        File.Move(draft, folder.FleetFile, overwrite: true);
        return fleet;
    }

    /// <summary>Reads the folder's fleet; null when there is none.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static FleetFile? TryRead(DataFolder folder)
    {
        if (!File.Exists(folder.FleetFile))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(folder.FleetFile));
            return document.RootElement.GetProperty("schemaVersion").GetInt32() == SchemaVersion
                ? new FleetFile(document.RootElement.GetProperty("identitySeed").GetInt32(), document.RootElement.GetProperty("devices").GetInt32())
                : throw new UsageException($"{folder.FleetFile} was written by another version of the simulator. Choose another folder with --data.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UsageException($"{folder.FleetFile} cannot be read: {e.Message} Choose another folder with --data.", e);
        }
    }
}
