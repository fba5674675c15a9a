using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>The audit of a data folder: every device's file and the control plane's database against the journals.</summary>
internal static class Auditor
{
    /// <summary>Audits a folder in which nothing runs any more.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="database">The connection string of the control plane's database.</param>
    /// <param name="latencies">Takes a device's number and each of its stored readings, for reports.</param>
    /// <exception cref="UsageException">The folder holds no fleet, or no control plane.</exception>
    public static AuditResult Run(DataFolder folder, string database, Action<int, StoredReading>? latencies = null)
    {
        var fleet = RequireFleet(folder);
        using var controlPlane = ControlPlaneReader.Open(database);
        var world = JournalReader.Read(folder.Journals);
        var rules = controlPlane.ReadConfigRules();
        var authority = new PkiFiles(folder.Pki).Authority;
        var roots = File.Exists(authority) ? ReadRoots(authority) : [];
        var result = new AuditResult();
        for (var number = 0; number < fleet.Devices; number++)
        {
            var id = fleet.DeviceId(number);
            var name = $"device {DataFolder.Name(number)}";
            var file = DeviceFile.TryRead(folder.Device(number));
            var stored = controlPlane.Read(id);
            CheckDevice(name, number, id, file, stored, rules, world, result);
            ReceiptAudit.Check(name, id, file?.Receipts ?? [], roots, (epoch, to) => ReceiptAudit.Shown(id, stored, epoch, to), result);
            if (latencies is not null)
            {
                foreach (var row in stored.Readings)
                {
                    latencies(number, row);
                }
            }
        }

        CommandAudit.Check(world, controlPlane.ReadCommands(), result);
        return result;
    }

    /// <summary>Audits one device.</summary>
    public static void CheckDevice(
        string name, int number, DeviceId id, DeviceFile? file, StoredDevice stored, IReadOnlyDictionary<int, ConfigRuleSet> rules, World world, AuditResult result)
    {
        ReadingAudit.Check(name, world.Produced.GetValueOrDefault(number) ?? [], file, stored, result);
        LedgerAudit.Check(name, id, file, stored, result);
        CheckConfig(name, number, id, file, stored, rules, world, result);
    }

    private static void CheckConfig(
        string name, int number, DeviceId id, DeviceFile? file, StoredDevice stored, IReadOnlyDictionary<int, ConfigRuleSet> rules, World world, AuditResult result)
    {
        var written = world.Config.Keys.Where(place => place.Device == number).Select(place => place.Key).ToHashSet(StringComparer.Ordinal);
        var rolledBack = world.RolledBack.Contains(number);
        ConfigAudit.Check(name, file, stored, written, result);
        result.ConflictsUncheckedDevices += rolledBack ? 1 : 0;
        var log = stored.Conflicts.ToLookup(conflict => conflict.Key, StringComparer.Ordinal);
        foreach (var key in written.Union(log.Select(conflicts => conflicts.Key), StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            ConflictAudit.Check(
                $"{name} configuration {key}", id, world.Config.GetValueOrDefault((number, key)), [.. log[key]], stored.Config.GetValueOrDefault(key), rules, rolledBack, result);
        }
    }

    /// <summary>Audits one device's file against a control plane's database: its ledger and its receipts.</summary>
    /// <exception cref="UsageException">There is no control plane.</exception>
    public static AuditResult RunDevice(DeviceFile file, X509Certificate2Collection roots, string database)
    {
        using var controlPlane = ControlPlaneReader.Open(database);
        var (id, result) = (DeviceId.Parse(file.Device), new AuditResult());
        var stored = controlPlane.Read(id);
        LedgerAudit.Check($"device {id}", id, file, stored, result);
        ReceiptAudit.Check($"device {id}", id, file.Receipts, roots, (epoch, to) => ReceiptAudit.Shown(id, stored, epoch, to), result);
        (result.Stored, result.Pending) = (stored.Readings.Count, file.Pending.Count);
        return result;
    }

    /// <summary>The fleet's roots.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static X509Certificate2Collection ReadRoots(string path)
    {
        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(path);
            return roots;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new UsageException($"{path} cannot be read: {e.Message} Name a PEM file with the fleet's root certificates with --root.", e);
        }
    }

    /// <summary>The folder's fleet.</summary>
    /// <exception cref="UsageException">It holds none.</exception>
    public static FleetFile RequireFleet(DataFolder folder) =>
        FleetFile.TryRead(folder) ?? throw new UsageException($"{folder.Root} holds no fleet: {folder.FleetFile} is missing. Name the folder of a run with --data.");
}
