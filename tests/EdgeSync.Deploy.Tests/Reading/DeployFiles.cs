namespace EdgeSync.Deploy.Tests;

/// <summary>Text files by their path from the repository's root: the real ones, or a copy in which something was broken.</summary>
public sealed record DeployFiles(IReadOnlyDictionary<string, string> Texts)
{
    public static string Root { get; } = FindRoot();

    /// <summary>What lies in deploy/, the documents that it is compared with, and what says which images are built.</summary>
    public static DeployFiles Repository { get; } = new(
        FilesBelow("deploy").Concat(["docs/databases.md", "docs/deploying.md", "Directory.Build.props"])
            .Where(path => File.Exists(Path.Combine(Root, path)))
            .ToDictionary(path => path, path => File.ReadAllText(Path.Combine(Root, path))));

    public string Read(string path) =>
        Texts.TryGetValue(path, out var text) ? text : throw new FaultException($"{path} does not exist.");

    /// <summary>The same with one file changed.</summary>
    public DeployFiles With(string path, string old, string next) =>
        Read(path).Contains(old, StringComparison.Ordinal)
            ? With(path, Read(path).Replace(old, next, StringComparison.Ordinal))
            : throw new ArgumentException($"{path} does not hold '{old}', so nothing would be broken.");

    /// <summary>The same with one file replaced.</summary>
    public DeployFiles With(string path, string text) => new(new Dictionary<string, string>(Texts) { [path] = text });

    /// <summary>A path as another file names it.</summary>
    public static string Resolve(string folder, string relative)
    {
        var parts = new List<string>(folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in relative.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    private static IEnumerable<string> FilesBelow(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EdgeSync.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds EdgeSync.sln. Run the tests inside the repository.");
    }
}

/// <summary>A file that cannot be read as what it should be; the message says where.</summary>
public sealed class FaultException(string message, Exception? inner = null) : Exception(message, inner);
