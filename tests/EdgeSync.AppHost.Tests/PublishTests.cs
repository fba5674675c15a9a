using YamlDotNet.RepresentationModel;

namespace EdgeSync.AppHost.Tests;

/// <summary>What <c>aspire publish</c> writes has what operators need, and no secret.</summary>
public sealed class PublishTests : IDisposable
{
    private const string Password = "correct-horse-battery";
    private const string External = $"ConnectionStrings:edgesync=Host=db;Database=edgesync;Username=edgesync;Password={Password}";

    private static readonly string[] Services = ["gateway", "ingest", "commands"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-publish-");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chart_has_probes_replicas_resources_keys_and_time_to_end()
    {
        var files = await Model.PublishAsync(_folder.FullName, Ct, "EdgeSync:Target=kubernetes", "EdgeSync:Database=postgres", External);

        foreach (var service in Services)
        {
            var deployment = Yaml(files[$"templates/{service}/deployment.yaml"]);
            var pod = deployment["spec"]["template"]["spec"];
            var container = pod["containers"][0];
            Assert.Equal(service == "gateway" ? "1" : "2", Text(deployment["spec"]["replicas"]));
            Assert.Equal(("/health", "HTTP"), (Text(container["readinessProbe"]["httpGet"]["path"]), Text(container["readinessProbe"]["httpGet"]["scheme"])));
            Assert.Equal(("/alive", "HTTP"), (Text(container["livenessProbe"]["httpGet"]["path"]), Text(container["livenessProbe"]["httpGet"]["scheme"])));
            Assert.NotEmpty(Text(container["resources"]["requests"]["memory"]));
            Assert.NotEmpty(Text(container["resources"]["limits"]["cpu"]));
            Assert.Equal(["sleep"], Keys(container["lifecycle"]["preStop"]));
            Assert.Equal(("60", "true", "true"), (Text(pod["terminationGracePeriodSeconds"]), Text(pod["securityContext"]["runAsNonRoot"]), Text(container["securityContext"]["readOnlyRootFilesystem"])));
            Assert.Equal(
                ((YamlSequenceNode)container["volumeMounts"]).Select(mount => Text(mount["name"])).Order(),
                ((YamlSequenceNode)pod["volumes"]).Select(volume => Text(volume["name"])).Order());
        }

        Assert.Equal("8081", Text(Yaml(files["templates/gateway/deployment.yaml"])["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["httpGet"]["port"]));
        Assert.Equal(["gateway-tls", "issuing-ca", "receipts-signer", "token-keys"], Services.SelectMany(service => Secrets(files[$"templates/{service}/deployment.yaml"])).Order());
    }

    [Fact]
    public async Task A_compose_file_has_replicas_resources_keys_and_an_order_of_start()
    {
        var files = await Model.PublishAsync(_folder.FullName, Ct, "EdgeSync:Target=compose");

        var services = Yaml(files["docker-compose.yaml"])["services"];
        foreach (var service in Services)
        {
            Assert.Equal(service == "gateway" ? "1" : "2", Text(services[service]["deploy"]["replicas"]));
            Assert.NotEmpty(Text(services[service]["deploy"]["resources"]["limits"]["memory"]));
            Assert.Equal(("60s", "true"), (Text(services[service]["stop_grace_period"]), Text(services[service]["read_only"])));
            Assert.All((YamlSequenceNode)services[service]["volumes"], volume => Assert.StartsWith("./secrets/", Text(volume["source"]), StringComparison.Ordinal));
        }

        Assert.Equal(["8443:8443", "8444:8444"], ((YamlSequenceNode)services["gateway"]["ports"]).Select(Text));
        Assert.Equal("service_completed_successfully", Text(services["ingest"]["depends_on"]["migrations"]["condition"]));
        Assert.Equal("service_healthy", Text(services["migrations"]["depends_on"]["cockroachdb"]["condition"]));
        Assert.Contains("status", ((YamlSequenceNode)services["cockroachdb"]["healthcheck"]["test"]).Select(Text));
        Assert.Equal("edgesync-cockroachdb", Text(services["cockroachdb"]["volumes"][0]["source"]));
    }

    [Fact]
    public async Task A_node_in_a_chart_claims_a_volume()
    {
        var files = await Model.PublishAsync(_folder.FullName, Ct, "EdgeSync:Target=kubernetes", "EdgeSync:Database=cockroach");

        var set = Yaml(files["templates/cockroachdb/statefulset.yaml"])["spec"];
        Assert.Equal("cockroachdb-service", Text(set["serviceName"]));
        Assert.Equal(["accessModes", "resources"], Keys(set["volumeClaimTemplates"][0]["spec"]).Order());
        Assert.Equal("/health?ready=1", Text(set["template"]["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"]));
    }

    [Theory]
    [InlineData("compose")]
    [InlineData("kubernetes")]
    public async Task A_secret_is_asked_for_and_never_written_down(string target)
    {
        var files = await Model.PublishAsync(_folder.FullName, Ct, $"EdgeSync:Target={target}", "EdgeSync:Database=postgres", External);

        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.DoesNotContain(Password, file.Value, StringComparison.Ordinal));
        Assert.All(files, file => Assert.DoesNotContain("FORWARDEDHEADERS", file.Value, StringComparison.Ordinal));
        Assert.Contains(files.Values, text => text.Contains(target == "compose" ? "ConnectionStrings__edgesync: \"${DATABASE}\"" : "{{ .Values.secrets.ingest.database }}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_embedded_database_is_not_published()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Model.PublishAsync(_folder.FullName, Ct, "EdgeSync:Database=embedded"));

        Assert.Contains("Set EdgeSync:Database to cockroach or postgres", error.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static YamlNode Yaml(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents[0].RootNode;
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static IEnumerable<string> Keys(YamlNode node) => ((YamlMappingNode)node).Children.Keys.Select(Text);

    private static IEnumerable<string> Secrets(string deployment) => ((YamlSequenceNode)Yaml(deployment)["spec"]["template"]["spec"]["volumes"])
        .Where(volume => Keys(volume).Contains("secret")).Select(volume => Text(volume["secret"]["secretName"]));
}
