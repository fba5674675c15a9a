using System.Globalization;

namespace EdgeSync.EdgeSimulator;

/// <summary>Where this machine's PostgreSQL is.</summary>
internal static class PostgresBinaries
{
    private const string DebianFolder = "/usr/lib/postgresql";

    /// <summary>The folder of initdb and postgres: that on PATH, else the newest of Debian's, which are not on PATH.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static string Find() => TryFind() ?? throw new UsageException(
        "No PostgreSQL is installed here (initdb is neither on PATH nor in Debian's folders): install one (apt-get install postgresql), or name a server with --database 'Host=...;Database=...;Username=...;Password=...'.");

    public static string? TryFind() => TryFind(Environment.GetEnvironmentVariable("PATH") ?? "", DebianFolder);

    public static string? TryFind(string path, string debianFolder) =>
        OnPath(path) ?? (Directory.Exists(debianFolder)
            ? Directory.EnumerateDirectories(debianFolder).OrderByDescending(Version).Select(version => Path.Combine(version, "bin")).FirstOrDefault(IsWhole)
            : null);

    private static string? OnPath(string path) => path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(IsWhole);

    private static bool IsWhole(string folder) => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"));

    private static int Version(string folder) =>
        int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
}
