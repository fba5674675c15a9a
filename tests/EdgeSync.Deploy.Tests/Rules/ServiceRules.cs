using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>A Service leads to pods, and each of its ports to a port that they have.</summary>
internal static class ServiceRules
{
    public static IEnumerable<string> Broken(ManifestSet set) => set.Of<V1Service>().SelectMany(pair => Broken(set, pair.Manifest, pair.Object));

    /// <summary>The pods behind a Service.</summary>
    public static IReadOnlyList<PodTemplate> Pods(ManifestSet set, V1Service service) =>
        [.. set.Pods.Where(pod => service.Spec.Selector is { Count: > 0 } selector && selector.All(label => pod.Labels.TryGetValue(label.Key, out var value) && value == label.Value))];

    private static IEnumerable<string> Broken(ManifestSet set, Manifest manifest, V1Service service)
    {
        var pods = Pods(set, service);
        if (pods.Count == 0)
        {
            yield return $"{manifest.Where}: its selector finds no pod.";
        }

        foreach (var port in service.Spec.Ports)
        {
            var target = port.TargetPort?.Value ?? port.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
            foreach (var pod in pods)
            {
                if (pod.Port(target) is not { } found)
                {
                    yield return $"{manifest.Where}: port {port.Name} leads to port {target}, which {pod.Where} does not have.";
                }
                else if (service.Spec.ClusterIP == "None" && found.ContainerPort != port.Port)
                {
                    yield return $"{manifest.Where}: port {port.Name} is {port.Port}, but without an address of its own nothing turns that into {found.ContainerPort}.";
                }
            }
        }
    }
}
