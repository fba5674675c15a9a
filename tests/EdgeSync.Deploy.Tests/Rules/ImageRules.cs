using System.Text.RegularExpressions;

namespace EdgeSync.Deploy.Tests;

/// <summary>The images that this repository builds, and their version.</summary>
internal sealed partial record BuiltImages(IReadOnlyList<string> Names, string Version)
{
    private const string Props = "deploy/docker/Containers.props";

    public static BuiltImages Read(DeployFiles files) => new(
        [.. Repository().Matches(files.Read(Props)).Select(match => match.Groups["name"].Value)],
        VersionElement().Match(files.Read("Directory.Build.props")).Groups["version"].Value);

    [GeneratedRegex(@"<ContainerRepository[^>]*>(?<name>[^<]+)</ContainerRepository>")]
    private static partial Regex Repository();

    [GeneratedRegex("<Version>(?<version>[^<]+)</Version>")]
    private static partial Regex VersionElement();
}

/// <summary>An image is one that somebody builds, and its version is named.</summary>
internal static class ImageRules
{
    // Others' images that are used here: at exactly these versions.
    public static readonly string[] OfOthers = ["cockroachdb/cockroach:v25.4.11", "otel/opentelemetry-collector-contrib:0.130.0"];

    public static IEnumerable<string> Broken(ManifestSet set, BuiltImages built) =>
        from pod in set.Pods
        from container in pod.Containers
        where !IsBuilt(container.Image, built)
        select $"{pod.WhereOf(container)}: nobody builds the image {container.Image}. Built: {string.Join(", ", built.Names.Select(name => $"{name}:{built.Version}").Concat(OfOthers))}.";

    public static bool IsBuilt(string image, BuiltImages built) =>
        OfOthers.Contains(image) || built.Names.Any(name => image == $"{name}:{built.Version}" || image.EndsWith($"/{name}:{built.Version}", StringComparison.Ordinal));
}
