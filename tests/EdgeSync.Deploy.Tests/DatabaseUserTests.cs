using System.Text.RegularExpressions;

namespace EdgeSync.Deploy.Tests;

/// <summary>Who may read and write which table is said in docs/databases.md; what is run must say the same.</summary>
public sealed partial class DatabaseUserTests
{
    private const string Users = "deploy/database/users.sql";

    [Fact]
    public void Grants_that_are_run_are_those_of_the_document() =>
        Assert.Equal(
            Grant().Matches(DeployFiles.Repository.Read("docs/databases.md")).Select(match => match.Value),
            Grant().Matches(DeployFiles.Repository.Read("deploy/database/grants.sql")).Select(match => match.Value));

    [Theory]
    [InlineData("development")]
    [InlineData("production")]
    public void Every_user_that_is_connected_as_is_made(string overlay)
    {
        var made = User().Matches(DeployFiles.Repository.Read(Users)).Select(match => match.Groups["name"].Value).ToHashSet();
        var set = ManifestSet.Load(DeployFiles.Repository, overlay);
        var used = set.Pods.SelectMany(pod => pod.Containers).SelectMany(container => ContainerSettings.Of(set, container).Values)
            .SelectMany(setting => UsedUser().Matches(setting.Value).Select(match => match.Groups["name"].Value)).Distinct().ToList();

        Assert.NotEmpty(used);
        Assert.Empty(used.Except(made));
    }

    [Fact]
    public void Every_certificate_of_the_database_is_of_a_user_that_is_made()
    {
        var made = User().Matches(DeployFiles.Repository.Read(Users)).Select(match => match.Groups["name"].Value);
        var names = ManifestSet.Load(DeployFiles.Repository, "production").Of<Certificate>().Select(pair => pair.Object.Spec!)
            .Where(spec => spec.IssuerRef?.Name == "cockroachdb-ca").Select(spec => spec.CommonName!);

        Assert.Empty(names.Except([.. made, "root", "node"]));
    }

    [GeneratedRegex(@"^GRANT [A-Z, ]+ ON [a-z_, ]+ TO edgesync_(ingest|commands);$", RegexOptions.Multiline)]
    private static partial Regex Grant();

    [GeneratedRegex("CREATE USER IF NOT EXISTS (?<name>[a-z_]+);")]
    private static partial Regex User();

    [GeneratedRegex("(Username=|postgresql://)(?<name>[a-z_]+)")]
    private static partial Regex UsedUser();
}
