using System.Xml.Linq;

namespace EdgeSync.Deploy.Tests;

/// <summary>What deploy/docker/Containers.props says of one project's image. A condition there names a project, or a property that is not set.</summary>
internal sealed record ContainerProps(string BaseImage, string User, string Repository, string Title, IReadOnlyList<string> Ports, IReadOnlyList<string> Environment)
{
    public static readonly string[] Projects = ["EdgeSync.Gateway", "EdgeSync.Ingest", "EdgeSync.Commands"];

    public static ContainerProps Read(DeployFiles files, string project)
    {
        var elements = XDocument.Parse(files.Read("deploy/docker/Containers.props")).Descendants()
            .Where(element => (string?)element.Attribute("Condition") is not { } condition || !condition.Contains("MSBuildProjectName", StringComparison.Ordinal) || condition.Contains($"'{project}'", StringComparison.Ordinal)).ToList();
        return new ContainerProps(
            Text("ContainerBaseImage"), Text("ContainerUser"), Text("ContainerRepository"), Text("ContainerTitle"), elements.Single(element => element.Name == "ContainerPort").Attribute("Include")!.Value.Split(';'),
            [.. elements.Where(element => element.Name == "ContainerEnvironmentVariable").Select(element => $"{element.Attribute("Include")!.Value}={element.Attribute("Value")!.Value}")]);

        string Text(string name) => elements.Single(element => element.Name == name).Value;
    }
}
