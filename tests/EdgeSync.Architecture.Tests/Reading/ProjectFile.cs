using System.Xml.Linq;

namespace EdgeSync.Architecture.Tests;

/// <summary>What a project file names, whatever conditions it names it under.</summary>
internal sealed record ProjectFile(
    string Path,
    string Sdk,
    IReadOnlyList<string> References,
    IReadOnlyList<string> Packages,
    IReadOnlyList<string> Frameworks,
    IReadOnlyList<string> OwnVersions)
{
    public static IReadOnlyList<ProjectFile> All { get; } =
        [.. Repository.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)).Select(file => Parse(file, Repository.Read(file)))];

    public static IReadOnlyList<ProjectFile> Rooms { get; } = [.. All.Where(project => !project.IsIn("tests/") && !project.IsIn("samples/"))];

    /// <summary>Programs that somebody else would write.</summary>
    public static IReadOnlyList<ProjectFile> Samples { get; } = [.. All.Where(project => project.IsIn("samples/"))];

    public string Name => NameOf(Path);

    public static ProjectFile Parse(string path, string xml)
    {
        var project = XDocument.Parse(xml).Root!;
        return new ProjectFile(
            path,
            (string?)project.Attribute("Sdk") ?? "",
            [.. Names(project, "ProjectReference").Select(NameOf)],
            Names(project, "PackageReference"),
            Names(project, "FrameworkReference"),
            [.. project.Descendants().Where(item => item.Name.LocalName == "PackageReference" && HasVersion(item)).Select(item => (string?)item.Attribute("Include") ?? "?")]);
    }

    private bool IsIn(string folder) => Path.StartsWith(folder, StringComparison.Ordinal);

    private static string[] Names(XElement project, string item) =>
        [.. project.Descendants().Where(element => element.Name.LocalName == item).Select(element => (string?)element.Attribute("Include")).OfType<string>()];

    private static bool HasVersion(XElement item) =>
        item.Attributes().Select(attribute => attribute.Name.LocalName).Concat(item.Elements().Select(element => element.Name.LocalName))
            .Any(name => name is "Version" or "VersionOverride");

    private static string NameOf(string path) => System.IO.Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));
}
