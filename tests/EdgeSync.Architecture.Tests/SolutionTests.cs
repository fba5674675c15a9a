using System.Text.RegularExpressions;

namespace EdgeSync.Architecture.Tests;

/// <summary>EdgeSync.sln holds every project; the AppHost and its tests need packages that nobody else does, so they are built only in configuration Aspire.</summary>
public sealed partial class SolutionTests
{
    private static readonly string[] Configurations = ["Debug", "Release", "Aspire"];

    [Fact]
    public void Every_project_is_in_the_solution_and_built_where_it_should_be() =>
        Rule.Holds(Differences(Repository.Read("EdgeSync.sln"), [.. ProjectFile.All.Select(project => project.Path)]));

    [Fact]
    public void What_is_missing_or_built_in_the_wrong_place_is_found()
    {
        const string Solution = """
            Project("{9A}") = "EdgeSync.AppHost", "EdgeSync.AppHost\EdgeSync.AppHost.csproj", "{A}"
            Project("{9A}") = "Gone", "Gone\Gone.csproj", "{B}"
            Project("{9A}") = "EdgeSync.AppHost.Tests", "tests\EdgeSync.AppHost.Tests\EdgeSync.AppHost.Tests.csproj", "{C}"
                {C}.Aspire|Any CPU.Build.0 = Aspire|Any CPU
                {C}.Release|Any CPU.Build.0 = Release|Any CPU
                {A}.Debug|Any CPU.ActiveCfg = Debug|Any CPU
                {A}.Debug|Any CPU.Build.0 = Debug|Any CPU
            """;
        Assert.Equal(
            [
                "EdgeSync.Edge/EdgeSync.Edge.csproj is not in EdgeSync.sln.",
                "Gone/Gone.csproj is in EdgeSync.sln but does not exist.",
                "EdgeSync.AppHost/EdgeSync.AppHost.csproj must not be built in Debug.",
                "EdgeSync.AppHost/EdgeSync.AppHost.csproj must be built in Aspire.",
                "tests/EdgeSync.AppHost.Tests/EdgeSync.AppHost.Tests.csproj must not be built in Release.",
            ],
            Differences(Solution, ["EdgeSync.AppHost/EdgeSync.AppHost.csproj", "EdgeSync.Edge/EdgeSync.Edge.csproj", "tests/EdgeSync.AppHost.Tests/EdgeSync.AppHost.Tests.csproj"]));
    }

    [Fact]
    public void Packages_of_the_apphost_are_named_by_nobody_else() => Rule.Holds(
        from project in ProjectFile.All
        where !project.Name.StartsWith("EdgeSync.AppHost", StringComparison.Ordinal)
        from package in project.Packages
        where package.StartsWith("Aspire.Hosting", StringComparison.Ordinal)
        select $"{project.Path} uses {package}.");

    private static IEnumerable<string> Differences(string solution, string[] projects)
    {
        var entries = ProjectLine().Matches(solution).ToDictionary(match => match.Groups["path"].Value.Replace('\\', '/'), match => match.Groups["id"].Value);
        foreach (var missing in projects.Except(entries.Keys))
        {
            yield return $"{missing} is not in EdgeSync.sln.";
        }

        foreach (var gone in entries.Keys.Except(projects))
        {
            yield return $"{gone} is in EdgeSync.sln but does not exist.";
        }

        foreach (var path in projects.Intersect(entries.Keys))
        {
            foreach (var configuration in Configurations)
            {
                var isBuilt = solution.Contains($"{entries[path]}.{configuration}|Any CPU.Build.0 = {configuration}|Any CPU", StringComparison.Ordinal);
                var shouldBe = configuration == "Aspire" || !path.Contains("EdgeSync.AppHost", StringComparison.Ordinal);
                if (isBuilt != shouldBe)
                {
                    yield return $"{path} {(shouldBe ? "must" : "must not")} be built in {configuration}.";
                }
            }
        }
    }

    [GeneratedRegex("""^Project\("[^"]+"\) = "[^"]+", "(?<path>[^"]+\.csproj)", "(?<id>[^"]+)"$""", RegexOptions.Multiline)]
    private static partial Regex ProjectLine();
}
