using System.Xml.Linq;

namespace EdgeSync.Architecture.Tests;

/// <summary>One version of each package for the whole house.</summary>
public sealed class PackageVersionTests
{
    [Fact]
    public void No_project_has_a_package_version_of_its_own() => Rule.Holds(OwnVersions(ProjectFile.All));

    [Fact]
    public void Every_package_has_its_version_in_Directory_Packages_props() => Rule.Holds(WithoutCentralVersion(ProjectFile.All));

    [Theory]
    [InlineData("""<PackageReference Include="Dapper" Version="2.0.0" />""")]
    [InlineData("""<PackageReference Include="Dapper" VersionOverride="2.0.0" />""")]
    [InlineData("""<PackageReference Include="Dapper"><Version>2.0.0</Version></PackageReference>""")]
    public void A_version_in_a_project_is_found(string item) =>
        Assert.Equal(["x.csproj gives Dapper a version; it belongs in Directory.Packages.props."], OwnVersions([Project(item)]));

    [Fact]
    public void A_package_without_a_central_version_is_found() =>
        Assert.Equal(["x.csproj uses Left.Pad, which Directory.Packages.props does not have."], WithoutCentralVersion([Project("""<PackageReference Include="Left.Pad" />""")]));

    private static IEnumerable<string> OwnVersions(IEnumerable<ProjectFile> projects) =>
        projects.SelectMany(project => project.OwnVersions.Select(package => $"{project.Path} gives {package} a version; it belongs in Directory.Packages.props."));

    private static IEnumerable<string> WithoutCentralVersion(IEnumerable<ProjectFile> projects)
    {
        var central = XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion").Select(item => (string?)item.Attribute("Include")).ToHashSet();
        return projects.SelectMany(project => project.Packages.Where(package => !central.Contains(package))
            .Select(package => $"{project.Path} uses {package}, which Directory.Packages.props does not have."));
    }

    private static ProjectFile Project(string item) => ProjectFile.Parse("x.csproj", $"""<Project Sdk="Microsoft.NET.Sdk"><ItemGroup>{item}</ItemGroup></Project>""");
}
