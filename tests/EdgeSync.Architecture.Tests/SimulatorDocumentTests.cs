using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace EdgeSync.Architecture.Tests;

/// <summary>docs/simulator.md has every option and every field of the report, and no other; the README has those of <c>run</c>.</summary>
public sealed partial class SimulatorDocumentTests
{
    // Between the simulator and the processes that it starts.
    private static readonly string[] Hidden = ["--settings"];

    private static readonly Document Simulator = Document.Load("docs/simulator.md");

    [Fact]
    public void The_tables_of_options_are_those_of_the_verbs() => Assert.Equal(
        OptionsIn(SourceFile.Product.Where(file => file.Path.StartsWith("EdgeSync.EdgeSimulator/Cli/", StringComparison.Ordinal) && file.Name.EndsWith("Verb.cs", StringComparison.Ordinal) || file.Name == "Options.cs")),
        Simulator.Table("option of run", "default", "unit, range", "what it is").Concat(Simulator.Table("other verb", "option", "default", "what it is").Select(row => row[1..]))
            .Select(row => row[0].Split(' ')[0]).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void The_readme_names_every_option_of_run() => Rule.Holds(
        OptionsIn(SourceFile.Product.Where(file => file.Name is "RunVerb.cs" or "Options.cs"))
            .Where(option => !Document.Load("README.md").Text.Contains($"`{option}", StringComparison.Ordinal)).Select(option => $"README.md does not name {option}."));

    [Fact]
    public void The_table_of_the_report_is_the_reports() => Assert.Equal(
        Assembly.Load("EdgeSync.EdgeSimulator").GetType("EdgeSync.EdgeSimulator.RunReport")!.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.Name != "EqualityContract").Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)).Order(StringComparer.Ordinal),
        Simulator.Table("field", "unit", "what it says").SelectMany(row => row[0].Split(", ")).Order(StringComparer.Ordinal));

    [Fact]
    public void Options_are_found_where_they_are_made() =>
        Assert.Equal(["--lines", "--quiet"], OptionsIn([new SourceFile("X.cs", """class X { object A = new Option<bool>("--quiet"); object B = Count("--lines", "not --this"); /* --nor-this */ }""")]));

    private static IEnumerable<string> OptionsIn(IEnumerable<SourceFile> files) =>
        files.SelectMany(file => file.Strings()).Where(text => OptionName().IsMatch(text)).Except([.. Hidden, "--help", "--version"]).Distinct().Order(StringComparer.Ordinal);

    [GeneratedRegex("^--[a-z-]+$")]
    private static partial Regex OptionName();
}
