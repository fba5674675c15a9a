using System.Reflection;

namespace EdgeSync.Architecture.Tests;

/// <summary>Who knows whom: the drawing in docs/architecture.md.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Drawing = new(StringComparer.Ordinal)
    {
        ["EdgeSync.Protocol"] = [],
        ["EdgeSync.Edge"] = ["EdgeSync.Protocol"],
        ["EdgeSync.ServiceDefaults"] = ["EdgeSync.Protocol"],
        ["EdgeSync.Gateway"] = ["EdgeSync.Protocol", "EdgeSync.ServiceDefaults"],
        ["EdgeSync.Ingest"] = ["EdgeSync.Protocol", "EdgeSync.ServiceDefaults"],
        ["EdgeSync.Commands"] = ["EdgeSync.Protocol", "EdgeSync.ServiceDefaults"],
        // It hosts the three services, so it alone may know them.
        ["EdgeSync.EdgeSimulator"] = ["EdgeSync.Commands", "EdgeSync.Edge", "EdgeSync.Gateway", "EdgeSync.Ingest", "EdgeSync.Protocol", "EdgeSync.ServiceDefaults"],
        ["EdgeSync.AppHost"] = ["EdgeSync.Commands", "EdgeSync.EdgeSimulator", "EdgeSync.Gateway", "EdgeSync.Ingest"],
    };

    private static readonly string[] Services = ["EdgeSync.Gateway", "EdgeSync.Ingest", "EdgeSync.Commands"];

    [Fact]
    public void Rooms_know_each_other_exactly_as_drawn() => Rule.Holds(DifferencesFromDrawing(ProjectFile.Rooms));

    [Fact]
    public void A_service_that_references_another_is_found()
    {
        var ingest = ProjectFile.Parse("EdgeSync.Ingest/EdgeSync.Ingest.csproj", """
            <Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup>
              <ProjectReference Include="../EdgeSync.Protocol/EdgeSync.Protocol.csproj" />
              <ProjectReference Include="..\EdgeSync.Commands\EdgeSync.Commands.csproj" />
            </ItemGroup></Project>
            """);
        Assert.Equal(
            ["EdgeSync.Ingest references EdgeSync.Commands, which is not drawn.", "EdgeSync.Ingest is drawn with EdgeSync.ServiceDefaults but does not reference it."],
            DifferencesFromDrawing([ingest]));
    }

    [Fact]
    public void A_room_without_a_place_in_the_drawing_is_found() =>
        Assert.Equal(
            ["EdgeSync.Billing is not in the drawing: decide which rooms it may know."],
            DifferencesFromDrawing([ProjectFile.Parse("EdgeSync.Billing/EdgeSync.Billing.csproj", """<Project Sdk="Microsoft.NET.Sdk" />""")]));

    [Fact]
    public void Protocol_has_no_package_but_Protobuf() => Rule.Holds(PackagesBeyond("EdgeSync.Protocol", package => package is "Google.Protobuf" or "Grpc.Tools"));

    [Fact]
    public void Edge_has_no_package_but_SQLite_Polly_and_the_Extensions() =>
        Rule.Holds(PackagesBeyond("EdgeSync.Edge", package => package is "Microsoft.Data.Sqlite" or "Polly" || package.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)));

    [Fact]
    public void AppHost_has_no_package_but_Aspires() =>
        Rule.Holds(PackagesBeyond("EdgeSync.AppHost", package => package.StartsWith("Aspire.", StringComparison.Ordinal)));

    [Fact]
    public void Protocol_and_Edge_run_without_ASP_NET_Core() => Rule.Holds(
        ProjectFile.Rooms.Where(project => project.Name is "EdgeSync.Protocol" or "EdgeSync.Edge")
            .Where(project => project.Sdk != "Microsoft.NET.Sdk" || project.Frameworks.Count > 0)
            .Select(project => $"{project.Name} uses {project.Sdk} {string.Join(' ', project.Frameworks)}; it must run on a device."));

    [Fact]
    public void A_sample_is_a_devices_own_program() => Rule.Holds(ForeignToDevices(ProjectFile.Samples));

    [Fact]
    public void A_sample_that_takes_more_is_found() => Assert.Equal(
        ["samples/X/X.csproj references EdgeSync.Commands: a device's program knows EdgeSync.Edge alone.", "samples/X/X.csproj uses Microsoft.NET.Sdk.Web; it must run on a device."],
        ForeignToDevices([ProjectFile.Parse("samples/X/X.csproj", """<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><ProjectReference Include="../../EdgeSync.Commands/EdgeSync.Commands.csproj" /></ItemGroup></Project>""")]));

    [Theory]
    [InlineData("EdgeSync.Protocol", "Microsoft.AspNetCore", "Microsoft.Extensions", "Microsoft.Data", "Npgsql", "Dapper", "Polly", "Grpc")]
    [InlineData("EdgeSync.Edge", "Microsoft.AspNetCore", "Npgsql", "Dapper", "Yarp", "Grpc", "OpenTelemetry")]
    [InlineData("EdgeSync.Gateway", "Microsoft.Data.Sqlite", "SQLitePCLRaw", "Npgsql", "Dapper")]
    [InlineData("EdgeSync.Ingest", "Yarp")]
    [InlineData("EdgeSync.Commands", "Yarp")]
    public void Compiled_rooms_use_nothing_from_beyond_their_border(string room, params string[] forbidden) => Rule.Holds(Uses(Assembly.Load(room), forbidden));

    [Fact]
    public void Compiled_services_use_neither_each_other_nor_the_device() => Rule.Holds(
        Services.SelectMany(service => Uses(Assembly.Load(service), [.. Services.Where(other => other != service), "EdgeSync.Edge", "EdgeSync.EdgeSimulator"])));

    [Fact]
    public void A_forbidden_assembly_is_found() =>
        Assert.Equal(["EdgeSync.EdgeSimulator uses EdgeSync.Ingest."], Uses(Assembly.Load("EdgeSync.EdgeSimulator"), ["EdgeSync.Ingest"]));

    private static IEnumerable<string> DifferencesFromDrawing(IEnumerable<ProjectFile> projects)
    {
        foreach (var project in projects)
        {
            if (!Drawing.TryGetValue(project.Name, out var drawn))
            {
                yield return $"{project.Name} is not in the drawing: decide which rooms it may know.";
                continue;
            }

            foreach (var reference in project.References.Except(drawn))
            {
                yield return $"{project.Name} references {reference}, which is not drawn.";
            }

            foreach (var reference in drawn.Except(project.References))
            {
                yield return $"{project.Name} is drawn with {reference} but does not reference it.";
            }
        }
    }

    private static IEnumerable<string> ForeignToDevices(IEnumerable<ProjectFile> samples) => samples.SelectMany(sample =>
        sample.References.Where(reference => reference != "EdgeSync.Edge").Select(reference => $"{sample.Path} references {reference}: a device's program knows EdgeSync.Edge alone.")
            .Concat(sample is { Sdk: "Microsoft.NET.Sdk", Frameworks.Count: 0 } ? [] : [$"{sample.Path} uses {sample.Sdk}; it must run on a device."]));

    private static IEnumerable<string> PackagesBeyond(string room, Func<string, bool> isAllowed) =>
        ProjectFile.Rooms.Single(project => project.Name == room).Packages.Where(package => !isAllowed(package)).Select(package => $"{room} has package {package}.");

    private static IEnumerable<string> Uses(Assembly assembly, string[] forbidden) =>
        assembly.GetReferencedAssemblies().Select(reference => reference.Name!)
            .Where(name => Array.Exists(forbidden, prefix => name == prefix || name.StartsWith(prefix + ".", StringComparison.Ordinal)))
            .Select(name => $"{assembly.GetName().Name} uses {name}.");
}
