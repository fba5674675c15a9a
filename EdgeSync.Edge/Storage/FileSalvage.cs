using System.Buffers.Binary;
using System.Globalization;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge;

/// <summary>What became of a damaged file.</summary>
/// <param name="Quarantine">Where it is now.</param>
/// <param name="Salvaged">What the new one has of it.</param>
internal sealed record SalvageReport(string Quarantine, Salvaged Salvaged);

/// <summary>
/// Puts a new file in a damaged one's place, with what could be read, and keeps the damaged one beside it. Whenever the program is killed meanwhile, the next open goes on: until the new file is
/// complete the damaged one stays, and a complete new file takes its place.
/// </summary>
internal sealed class FileSalvage(DeviceId device, Entropy entropy, TimeProvider time)
{
    /// <summary>Damaged files that are kept; the oldest goes.</summary>
    public const int QuarantinedMax = 3;

    /// <summary>A file that is larger is not checked at open: it would take seconds.</summary>
    private const long CheckBytesMax = 256L * 1024 * 1024;

    private const string SuspectSuffix = "-suspect";
    private const string UnfinishedSuffix = ".salvage";
    private const string CompleteSuffix = ".salvaged";
    private const string QuarantineSuffix = ".corrupt-";
    private static readonly string[] Beside = ["", "-wal", "-shm", "-journal"];

    /// <summary>The file is to be salvaged when it is opened next.</summary>
    public static void Suspect(string path) => File.WriteAllBytes(path + SuspectSuffix, []);

    /// <summary>Whether it is to be, or is empty, which no device's file ever is.</summary>
    public static bool IsSuspect(string path) => File.Exists(path + SuspectSuffix) || (File.Exists(path) && new FileInfo(path).Length == 0);

    /// <summary>Whether it was not closed: then it is checked, and otherwise only on suspicion, because a check reads the whole file.</summary>
    public static bool IsUnclean(string path) => new FileInfo(path + "-wal") is { Exists: true, Length: > 0 } && new FileInfo(path) is { Length: <= CheckBytesMax };

    /// <summary>Goes on where a kill stopped it.</summary>
    public static void Finish(string path)
    {
        if (File.Exists(path + CompleteSuffix))
        {
            Swap(path);
        }
    }

    /// <summary>Salvages the file; nobody may have it open.</summary>
    /// <param name="path">The device's file.</param>
    /// <param name="why">What was found.</param>
    public SalvageReport Run(string path, string why)
    {
        Suspect(path);
        foreach (var suffix in Beside)
        {
            File.Delete(path + UnfinishedSuffix + suffix);
        }

        Salvaged salvaged;
        DeviceDatabaseFile.CreateIfMissing(path + UnfinishedSuffix);
        using (var fresh = DeviceDatabaseFile.Connect(path + UnfinishedSuffix, SqliteOpenMode.ReadWrite))
        {
            DeviceDatabaseFile.Migrate(fresh, path + UnfinishedSuffix);
            using var damaged = OpenDamaged(path);
            salvaged = new SalvageStore(damaged, fresh).Copy(
                device, entropy.DrawEpoch(), entropy.DrawEpoch(), time.GetMicroseconds(), result => Tell(why, result));
            DeviceDatabaseFile.Execute(fresh, "PRAGMA wal_checkpoint(TRUNCATE)");
        }

        File.Move(path + UnfinishedSuffix, path + CompleteSuffix, overwrite: true);
        return new SalvageReport(Swap(path), salvaged);
    }

    // The log goes with its file: beside another one it would be taken for that one's.
    private static string Swap(string path)
    {
        var at = File.GetLastWriteTimeUtc(path + CompleteSuffix).ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture);
        var quarantine = path + QuarantineSuffix + at;
        foreach (var suffix in Beside.Reverse().Where(suffix => File.Exists(path + suffix)))
        {
            File.Move(path + suffix, quarantine + suffix, overwrite: true);
        }

        File.Move(path + CompleteSuffix, path);
        File.Delete(path + SuspectSuffix);
        Prune(path);
        return quarantine;
    }

    private static void Prune(string path)
    {
        var full = Path.GetFullPath(path);
        var kept = Directory.GetFiles(Path.GetDirectoryName(full)!, Path.GetFileName(full) + QuarantineSuffix + "*")
            .GroupBy(file => file[..(file.LastIndexOf(QuarantineSuffix, StringComparison.Ordinal) + QuarantineSuffix.Length + 19)], StringComparer.Ordinal).OrderByDescending(group => group.Key, StringComparer.Ordinal);
        foreach (var file in kept.Skip(QuarantinedMax).SelectMany(group => group))
        {
            File.Delete(file);
        }
    }

    private static SqliteConnection OpenDamaged(string path)
    {
        var connection = DeviceDatabaseFile.Connect(path, SqliteOpenMode.ReadWrite);
        if (DeviceDatabaseFile.CanReadSchema(connection))
        {
            return connection;
        }

        connection.Dispose();
        MendFirstPage(path);
        return DeviceDatabaseFile.Connect(path, SqliteOpenMode.ReadWrite);
    }

    // The first page holds the header and the root of the schema, and is the same in every file of one template but for the counts: without it nothing could be read, with it most can.
    private static void MendFirstPage(string path)
    {
        var page = DeviceDatabaseFile.FirstPage();
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        if (file.Length < 2 * page.Length)
        {
            return;
        }

        BinaryPrimitives.WriteUInt32BigEndian(page.AsSpan(28), (uint)(file.Length / page.Length));
        // No page is known to be free.
        page.AsSpan(32, 8).Clear();
        page.AsSpan(24, 4).CopyTo(page.AsSpan(92));
        file.Write(page);
        file.Flush(flushToDisk: true);
    }

    private static string Tell(string why, Salvaged salvaged) => FormattableString.Invariant(
        $"The file was damaged ({why}). Salvaged: {salvaged.Readings} unsent readings; {(salvaged.Lost is { } lost ? $"{lost} are lost" : "how many are lost is not known")}. Not readable to the end: {(salvaged.Unreadable.Count == 0 ? "none" : string.Join(", ", salvaged.Unreadable))}. New readings go to a new stream.");
}
