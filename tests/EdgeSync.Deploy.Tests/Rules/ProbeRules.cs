using System.Globalization;
using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>Everything that runs on is probed, where it listens, for what it serves, by the scheme that it speaks.</summary>
internal static class ProbeRules
{
    public static IEnumerable<string> Broken(ManifestSet set) =>
        set.Pods.Where(pod => pod.IsService).SelectMany(pod => pod.Spec.Containers.SelectMany(container => Container(set, pod, container).Select(fault => $"{pod.WhereOf(container)}: {fault}.")));

    private static IEnumerable<string> Container(ManifestSet set, PodTemplate pod, V1Container container)
    {
        var expected = Expected(container);
        foreach (var (name, probe, path) in new[] { ("livenessProbe", container.LivenessProbe, expected.Alive), ("readinessProbe", container.ReadinessProbe, expected.Ready) })
        {
            if (probe?.HttpGet is not { } get)
            {
                yield return $"{name} is missing";
                continue;
            }

            if ((container.Ports ?? []).FirstOrDefault(port => port.Name == get.Port.Value)?.Name is not { } port)
            {
                yield return $"{name} asks port {get.Port.Value}, which the container does not have";
            }
            else if (port != expected.Port)
            {
                yield return $"{name} asks port {port}; health is at {expected.Port}";
            }

            if (get.Path != path)
            {
                yield return $"{name} asks for {get.Path}; what is served is {path}";
            }

            if ((get.Scheme ?? "HTTP") != expected.Scheme)
            {
                yield return $"{name} speaks {get.Scheme ?? "HTTP"}; the port speaks {expected.Scheme}";
            }
        }

        foreach (var fault in ServiceShape.Of(container.Image) is { } shape ? Listeners(set, container, shape) : [])
        {
            yield return fault;
        }
    }

    private static (string Port, string Alive, string Ready, string Scheme) Expected(V1Container container) =>
        ServiceShape.Of(container.Image) is { } shape ? (shape.ProbePort, ServiceShape.Liveness, ServiceShape.Readiness, "HTTP")
        : container.Image.StartsWith("cockroachdb/cockroach:", StringComparison.Ordinal) ? ("http", "/health", "/health?ready=1", container.Args.Any(argument => argument.StartsWith("--certs-dir=", StringComparison.Ordinal)) ? "HTTPS" : "HTTP")
        : ("health", "/", "/", "HTTP");

    private static IEnumerable<string> Listeners(ManifestSet set, V1Container container, ServiceShape shape)
    {
        var settings = ContainerSettings.Of(set, container);
        foreach (var (port, setting) in shape.Ports)
        {
            var value = settings.GetValueOrDefault(setting)?.Value ?? "";
            var number = value.Split(':')[^1];
            if (value.Contains("://", StringComparison.Ordinal) && !value.StartsWith("http://*:", StringComparison.Ordinal))
            {
                yield return $"{setting} is '{value}', which others than the pod cannot reach: write http://*:{number}";
            }

            var declared = (container.Ports ?? []).FirstOrDefault(known => known.Name == port)?.ContainerPort.ToString(CultureInfo.InvariantCulture);
            if (declared != number)
            {
                yield return $"port {port} is declared as {declared ?? "nothing"}, but {setting} is '{value}'";
            }
        }

        foreach (var (setting, expected) in shape.Addresses.Where(pair => settings.GetValueOrDefault(pair.Key)?.Value != pair.Value))
        {
            yield return $"{setting} must be {expected}";
        }
    }
}
