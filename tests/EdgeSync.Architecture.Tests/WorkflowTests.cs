using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace EdgeSync.Architecture.Tests;

/// <summary>Workflows run elsewhere; here is seen that what they name exists, and that they may do no more than they need.</summary>
public sealed partial class WorkflowTests
{
    private static readonly string[] Files = [.. Repository.Files.Where(file => file.StartsWith(".github/workflows/", StringComparison.Ordinal))];

    [Fact]
    public void Workflows_name_what_exists_and_may_only_read() => Rule.Holds(Files.SelectMany(file => Faults(file, Repository.Read(file))));

    [Fact]
    public void A_landing_is_gated_by_the_script_that_gates_it_here_too() => Assert.Contains("bash .ci/run", Runs(Repository.Read(".github/workflows/ci.yml")));

    [Fact]
    public void What_takes_long_runs_each_night()
    {
        var nightly = string.Join('\n', Runs(Repository.Read(".github/workflows/nightly.yml")));

        Assert.All(["simulate --seeds", "tests/chaos.sh", "Mutations/mutations.sh"], command => Assert.Contains(command, nightly, StringComparison.Ordinal));
        Assert.All(["nightly.yml", "cockroachdb.yml"], file => Assert.Matches("cron: \"\\d+ \\d+ \\* \\* \\*\"", Repository.Read($".github/workflows/{file}")));
    }

    [Fact]
    public void The_node_of_the_contract_tests_is_of_the_versions_that_the_documents_name() => Rule.Holds(
        from match in Tag().Matches(Repository.Read("docs/databases.md") + Repository.Read("docs/aspire.md") + Repository.Read("EdgeSync.AppHost/Model/AppHostOptions.cs"))
        where !Repository.Read(".github/workflows/cockroachdb.yml").Contains(match.Value, StringComparison.Ordinal)
        select $"Nothing tests CockroachDB {match.Value}.");

    [Theory]
    [InlineData("run: dotnet build EdgeSync.Billing", "x.yml names EdgeSync.Billing, which does not exist.")]
    [InlineData("run: bash tests/storm.sh 10m", "x.yml names tests/storm.sh, which does not exist.")]
    [InlineData("run: dotnet build -c Fast", "x.yml builds in Fast, which is no configuration.")]
    [InlineData("uses: actions/checkout@main", "x.yml uses actions/checkout@main: pin a major version.")]
    [InlineData("uses: somebody/thing@v1", "x.yml uses somebody/thing@v1: only actions of GitHub's own.")]
    public void A_step_that_cannot_be_is_found(string step, string fault) =>
        Assert.Equal([fault], Faults("x.yml", $"permissions:\n  contents: read\njobs:\n  a:\n    timeout-minutes: 5\n    steps:\n      - {step}\n"));

    [Theory]
    [InlineData("jobs:\n  a:\n    timeout-minutes: 5\n    steps: []\n", "x.yml may do more than read contents.")]
    [InlineData("permissions: write-all\njobs:\n  a:\n    timeout-minutes: 5\n    steps: []\n", "x.yml may do more than read contents.")]
    [InlineData("permissions:\n  contents: read\njobs:\n  a:\n    steps: []\n", "x.yml lets a run for ever.")]
    [InlineData("permissions:\n  contents: read\njobs:\n  a:\n    timeout-minutes: 5\n    permissions:\n      contents: write\n    steps: []\n", "x.yml may do more than read contents.")]
    public void A_workflow_that_may_too_much_is_found(string text, string fault) => Assert.Equal([fault], Faults("x.yml", text));

    private static IEnumerable<string> Faults(string file, string text)
    {
        var root = Root(text);
        var jobs = ((YamlMappingNode)root["jobs"]).Children.Select(job => (Name: $"{job.Key}", Job: (YamlMappingNode)job.Value)).ToList();
        if (!root.Children.TryGetValue("permissions", out var permissions) || $"{permissions}" != $"{new YamlMappingNode("contents", "read")}" || jobs.Any(job => job.Job.Children.ContainsKey("permissions")))
        {
            yield return $"{file} may do more than read contents.";
        }

        foreach (var (name, _) in jobs.Where(job => !job.Job.Children.ContainsKey("timeout-minutes")))
        {
            yield return $"{file} lets {name} run for ever.";
        }

        foreach (var action in Steps(root, "uses"))
        {
            if (!action.StartsWith("actions/", StringComparison.Ordinal))
            {
                yield return $"{file} uses {action}: only actions of GitHub's own.";
            }
            else if (!Major().IsMatch(action))
            {
                yield return $"{file} uses {action}: pin a major version.";
            }
        }

        foreach (var run in Steps(root, "run"))
        {
            foreach (var path in Named().Matches(run).Select(match => match.Value).Distinct().Where(path => !Repository.Has(path)))
            {
                yield return $"{file} names {path}, which does not exist.";
            }

            foreach (var configuration in Configuration().Matches(run).Select(match => match.Groups[1].Value).Where(configuration => configuration is not ("Debug" or "Release" or "Aspire")))
            {
                yield return $"{file} builds in {configuration}, which is no configuration.";
            }
        }
    }

    private static IEnumerable<string> Runs(string text) => Steps(Root(text), "run").Select(run => run.Trim());

    private static IEnumerable<string> Steps(YamlMappingNode root, string key) =>
        from job in ((YamlMappingNode)root["jobs"]).Children.Values
        from step in ((YamlSequenceNode)job["steps"]).Cast<YamlMappingNode>()
        where step.Children.ContainsKey(key)
        select ((YamlScalarNode)step[key]).Value;

    private static YamlMappingNode Root(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    [GeneratedRegex(@"^actions/[\w-]+@v\d+$")]
    private static partial Regex Major();

    [GeneratedRegex(@"(?<![\w./-])(EdgeSync\.\w+(\.\w+)*|(tests|docs|\.ci|deploy)/[\w./-]*\w)")]
    private static partial Regex Named();

    [GeneratedRegex(@"\s-c\s+(\w+)")]
    private static partial Regex Configuration();

    [GeneratedRegex(@"v\d+\.\d+\.\d+")]
    private static partial Regex Tag();
}
