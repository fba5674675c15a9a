using System.Globalization;

namespace EdgeSync.EdgeSimulator;

/// <summary>Where a fleet and its control plane live. The names here are the only place that knows the layout.</summary>
internal sealed class DataFolder(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Nobody has named it: it goes when nothing in it is wanted any more.</summary>
    public bool IsTemporary { get; private init; }

    public string FleetFile => Path.Combine(Root, "fleet.json");

    public string Pki => Path.Combine(Root, "pki");

    public string Database => Path.Combine(Root, "control-plane", "edgesync.db");

    /// <summary>A private PostgreSQL in place of the file.</summary>
    public string Postgres => Path.Combine(Root, "control-plane", "postgres");

    public string Journals => Path.Combine(Root, "journals");

    public string Logs => Path.Combine(Root, "logs");

    public string Device(int number) => Path.Combine(Root, "devices", Name(number), "device.db");

    /// <summary>A device's key and certificate.</summary>
    public string Identity(int number) => Path.Combine(Root, "devices", Name(number), "identity");

    /// <summary>Both in one file, PEM, once it has enrolled.</summary>
    public string Credentials(int number) => Path.Combine(Identity(number), "device.pem");

    /// <summary>An older copy of a device's file, for rolling it back.</summary>
    public string DeviceCopy(int number) => Path.Combine(Root, "devices", Name(number), "device.copy");

    public static string Name(int number) => number.ToString("D5", CultureInfo.InvariantCulture);

    /// <summary>The folder that was named, or a temporary one.</summary>
    public static DataFolder Of(string? named) => named is null
        ? new DataFolder(Path.Combine(Path.GetTempPath(), $"edgesync-{Guid.NewGuid():N}")) { IsTemporary = true }
        : new DataFolder(named);

    /// <summary>Runs what works in it. Where that cannot begin, or is interrupted before it has, a temporary folder goes.</summary>
    public async Task<T> UseAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (IsTemporary && e is (UsageException or OperationCanceledException))
        {
            RemoveUnused();
            throw;
        }
    }

    /// <summary>Makes the folders, and says plainly when that is not allowed.</summary>
    /// <exception cref="UsageException">The folder cannot be made or written.</exception>
    public DataFolder Create()
    {
        try
        {
            foreach (var folder in new[] { Root, Pki, Path.GetDirectoryName(Database)!, Journals, Logs, Path.Combine(Root, "devices") })
            {
                Directory.CreateDirectory(folder);
            }

            var probe = Path.Combine(Root, ".write-test");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return this;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The folder {Root} cannot be written: {e.Message} Choose another with --data, or change its permissions.", e);
        }
    }

    /// <summary>Removes a folder in which nothing was begun; what a device or a control plane has written stays.</summary>
    public void RemoveUnused()
    {
        string[] work = [Path.Combine(Root, "devices"), Path.GetDirectoryName(Database)!];
        if (Directory.Exists(Root) && !work.Any(folder => Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
