namespace EdgeSync.Architecture.Tests;

/// <summary>The repository's files as they lie in the working tree, named by their path from its root, with slashes.</summary>
internal static class Repository
{
    private static readonly string[] NotSource = ["bin", "obj", "artifacts", "TestResults", "node_modules"];

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<string> Files { get; } = [.. FilesIn(Root).Order(StringComparer.Ordinal)];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Whether a file or a folder has this path, letter by letter: what one file system forgives another does not.</summary>
    public static bool Has(string path)
    {
        var name = path.TrimEnd('/');
        return Files.Any(file => file == name || file.StartsWith(name + "/", StringComparison.Ordinal));
    }

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

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(folder).Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Concat(Directory.EnumerateDirectories(folder).Where(IsSource).SelectMany(FilesIn));

    private static bool IsSource(string folder) =>
        Path.GetFileName(folder) is var name && !NotSource.Contains(name) && (!name.StartsWith('.') || name is ".ci" or ".github");
}
