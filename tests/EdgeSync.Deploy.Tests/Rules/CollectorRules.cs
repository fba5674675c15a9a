using System.Globalization;
using System.Text.RegularExpressions;
using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>The collector listens where its pod says, and has every variable that its configuration reads.</summary>
internal static partial class CollectorRules
{
    private const string Repository = "otel/opentelemetry-collector-contrib:";
    private const string Config = "otel-collector.yaml";

    // Only a file of one name is ever mounted for it.
    private static readonly (string Port, string[] Path)[] Listeners =
    [
        ("otlp-grpc", ["receivers", "otlp", "protocols", "grpc", "endpoint"]),
        ("otlp-http", ["receivers", "otlp", "protocols", "http", "endpoint"]),
        ("metrics", ["exporters", "prometheus", "endpoint"]),
        ("health", ["extensions", "health_check", "endpoint"]),
    ];

    public static IEnumerable<string> Broken(ManifestSet set) =>
        set.Pods.SelectMany(pod => pod.Containers.Where(IsCollector).SelectMany(container => Broken(set, container).Select(fault => $"{pod.WhereOf(container)}: {fault}.")));

    /// <summary>Whether a variable is one that the collector's configuration reads.</summary>
    public static bool Uses(ManifestSet set, V1Container container, string variable) => IsCollector(container) && Variable().Matches(Text(set)).Any(match => match.Groups["name"].Value == variable);

    private static bool IsCollector(V1Container container) => container.Image.StartsWith(Repository, StringComparison.Ordinal);

    private static string Text(ManifestSet set) =>
        (set.Find("ConfigMap", "otel-collector")?.Object as V1ConfigMap)?.Data[Config] ?? throw new FaultException($"There is no ConfigMap otel-collector with {Config}.");

    private static IEnumerable<string> Broken(ManifestSet set, V1Container container)
    {
        var text = Text(set);
        var root = Yaml.Mapping(Config, text);
        foreach (var (port, path) in Listeners)
        {
            var endpoint = path.Aggregate((YamlDotNet.RepresentationModel.YamlNode?)root, (node, step) => node?.Get(step)).Text() ?? "";
            var declared = (container.Ports ?? []).FirstOrDefault(known => known.Name == port)?.ContainerPort.ToString(CultureInfo.InvariantCulture);
            if (endpoint != $"0.0.0.0:{declared}")
            {
                yield return $"port {port} is declared as {declared ?? "nothing"}, but {Config} says '{endpoint}' at {string.Join('.', path)}";
            }
        }

        var settings = ContainerSettings.Of(set, container);
        foreach (var name in Variable().Matches(text).Select(match => match.Groups["name"].Value).Where(name => !settings.ContainsKey(name)))
        {
            yield return $"{Config} reads {name}, which is not set";
        }
    }

    [GeneratedRegex(@"\$\{env:(?<name>\w+)\}")]
    private static partial Regex Variable();
}
