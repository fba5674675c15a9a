using System.Diagnostics;
using System.Text.RegularExpressions;

namespace EdgeSync.Simulation.Tests;

/// <summary>The deliberate bugs that show what the simulation finds: they fit the sources, and the document tells of each.</summary>
public sealed partial class MutationPatchTests
{
    private const int MutationsMin = 15;
    private static readonly string Root = FindRoot();
    private static readonly string Patch = Path.Combine(Root, "tests/EdgeSync.Simulation.Tests/Mutations/mutations.patch");

    [Fact]
    public void The_patch_applies_to_the_sources()
    {
        var start = new ProcessStartInfo("git", ["apply", "--check", Patch]) { WorkingDirectory = Root, RedirectStandardError = true };

        using var git = Process.Start(start)!;
        var error = git.StandardError.ReadToEnd();
        git.WaitForExit();

        Assert.True(git.ExitCode == 0, $"A source that a deliberate bug changes has changed; adapt {Patch}: {error}");
    }

    [Fact]
    public void The_document_has_a_row_for_each_bug()
    {
        var bugs = MutationName().Matches(File.ReadAllText(Patch)).Select(match => match.Groups["name"].Value).Distinct().Order(StringComparer.Ordinal).ToList();
        var rows = Row().Matches(File.ReadAllText(Path.Combine(Root, "docs/simulation.md"))).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal);

        Assert.Equal(bugs, rows);
        Assert.True(bugs.Count >= MutationsMin);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "EdgeSync.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    [GeneratedRegex("""^\+.*Mutation\.Is\("(?<name>[a-z-]+)"\)""", RegexOptions.Multiline)]
    private static partial Regex MutationName();

    [GeneratedRegex("""^\| `(?<name>[a-z-]+)` \| [^|]+ \| [^|]+ \| [0-9]+ \|$""", RegexOptions.Multiline)]
    private static partial Regex Row();
}
