using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace EdgeSync.Architecture.Tests;

/// <summary>What deploy/observability/ shows exists: a dashboard with a misspelt metric shows nothing, and nobody sees that.</summary>
public sealed class DashboardTests
{
    private const string Folder = "deploy/observability/";

    private static readonly Document Page = Document.Load("docs/observability.md");

    private static readonly HashSet<string> KnownMetrics =
    [
        .. Page.Table("metric", "kind", "unit", "attributes", "meaning", "meter").SelectMany(row => PrometheusName.Of(row[0], row[1], row[2])),
        .. Page.Table("metric", "kind", "unit", "attributes", "from").SelectMany(row => PrometheusName.Of(row[0], row[1], row[2])),
    ];

    // What the collector makes of a service's resource, beside the attributes of the metrics.
    private static readonly HashSet<string> KnownLabels =
    [
        "service_name", "service_instance_id", "severity",
        .. Page.Table("metric", "kind", "unit", "attributes", "meaning", "meter").SelectMany(row => AttributesOf(row[3])),
        .. Page.Table("metric", "kind", "unit", "attributes", "from").SelectMany(row => AttributesOf(row[3])),
    ];

    [Theory]
    [InlineData("edgesync.ingest.readings", "counter", "{reading}", "edgesync_ingest_readings_total")]
    [InlineData("edgesync.fleet.unsynced.age", "gauge", "s", "edgesync_fleet_unsynced_age_seconds")]
    [InlineData("edgesync.gateway.connections", "up-down counter", "{connection}", "edgesync_gateway_connections")]
    [InlineData("edgesync.ingest.commit.rows", "histogram", "{row}", "edgesync_ingest_commit_rows_bucket edgesync_ingest_commit_rows_count edgesync_ingest_commit_rows_sum")]
    [InlineData("dotnet.process.cpu.time", "counter", "s", "dotnet_process_cpu_time_seconds_total")]
    [InlineData("dotnet.process.memory.working_set", "up-down counter", "By", "dotnet_process_memory_working_set_bytes")]
    [InlineData("x.load", "gauge", "1", "x_load_ratio")]
    [InlineData("x.total", "counter", "1", "x_total")]
    public void A_metric_has_this_name_in_Prometheus(string metric, string kind, string unit, string expected) =>
        Assert.Equal(expected, string.Join(' ', PrometheusName.Of(metric, kind, unit)));

    [Fact]
    public void The_dashboard_names_what_exists()
    {
        var expressions = Expressions(JsonNode.Parse(Repository.Read(Folder + "grafana-dashboard.json"))!).ToList();

        Assert.InRange(expressions.Count, 40, 400);
        Rule.Holds(expressions.SelectMany(Unknown));
    }

    [Fact]
    public void The_dashboard_shows_every_metric_of_ours()
    {
        var shown = Expressions(JsonNode.Parse(Repository.Read(Folder + "grafana-dashboard.json"))!).SelectMany(PromQl.Metrics).ToHashSet();

        Rule.Holds(Page.Table("metric", "kind", "unit", "attributes", "meaning", "meter")
            .Where(row => !PrometheusName.Of(row[0], row[1], row[2]).Any(shown.Contains)).Select(row => $"No panel shows {row[0]}."));
    }

    [Fact]
    public void The_alert_rules_name_what_exists()
    {
        var rules = Yaml("prometheus-rules.yaml").AllNodes.OfType<YamlMappingNode>().Where(node => node.Children.ContainsKey("alert")).ToList();

        Assert.NotEmpty(rules);
        Rule.Holds(rules.SelectMany(rule => Unknown($"{rule["expr"]}")));
        Rule.Holds(rules.Where(rule => $"{rule["annotations"]["summary"]}".Length == 0).Select(rule => $"{rule["alert"]} does not say what it means."));
    }

    [Fact]
    public void The_collectors_pipelines_are_made_of_what_it_configures_and_nothing_lies_idle()
    {
        var root = (YamlMappingNode)Yaml("otel-collector.yaml").RootNode;
        foreach (var part in new[] { "receivers", "processors", "exporters" })
        {
            var configured = ((YamlMappingNode)root[part]).Children.Keys.Select(key => $"{key}").Order(StringComparer.Ordinal);
            var used = ((YamlMappingNode)root["service"]["pipelines"]).Children.Values.SelectMany(pipeline => (YamlSequenceNode)pipeline[part]).Select(name => $"{name}").Distinct().Order(StringComparer.Ordinal);

            Assert.Equal(configured, used);
        }
    }

    [Fact]
    public void Prometheus_scrapes_the_collector_and_reads_the_rules()
    {
        var root = Yaml("prometheus.yaml").RootNode;

        Assert.EndsWith(":8889", $"{root["scrape_configs"][0]["static_configs"][0]["targets"][0]}", StringComparison.Ordinal);
        Assert.EndsWith(":8889", $"{Yaml("otel-collector.yaml").RootNode["exporters"]["prometheus"]["endpoint"]}", StringComparison.Ordinal);
        Assert.True(Repository.Has(Folder + $"{root["rule_files"][0]}"));
    }

    [Theory]
    [InlineData("sum(rate(edgesync_nothing_total[5m]))", "edgesync_nothing_total")]
    [InlineData("max by (device) (edgesync_fleet_devices)", "device")]
    [InlineData("edgesync_fleet_devices{device=\"7\"}", "device")]
    public void What_does_not_exist_is_found(string expression, string name) => Assert.Contains(name, Assert.Single(Unknown(expression)), StringComparison.Ordinal);

    private static IEnumerable<string> Unknown(string expression) =>
        PromQl.Metrics(expression).Where(metric => !KnownMetrics.Contains(metric)).Select(metric => $"'{expression}' names the metric {metric}, which docs/observability.md does not have.")
            .Concat(PromQl.Labels(expression).Where(label => !KnownLabels.Contains(label)).Select(label => $"'{expression}' names the label {label}, which no metric has."));

    private static IEnumerable<string> Expressions(JsonNode? node) => node switch
    {
        JsonObject held => held.SelectMany(member => member.Key == "expr" && member.Value?.GetValueKind() is JsonValueKind.String ? [member.Value.GetValue<string>()] : Expressions(member.Value)),
        JsonArray list => list.SelectMany(Expressions),
        _ => [],
    };

    private static IEnumerable<string> AttributesOf(string cell) =>
        cell.Split(';').Where(part => part.Contains(':', StringComparison.Ordinal)).Select(part => PrometheusName.Words(part.Split(':')[0].Trim()));

    private static YamlDocument Yaml(string file)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Repository.Read(Folder + file)));
        return Assert.Single(yaml.Documents);
    }
}
