using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>No container is more than it must be, takes more than it may, or stops before it has finished.</summary>
internal static class WorkloadRules
{
    // What a host gives requests under way, unless it is told otherwise (HostOptions.ShutdownTimeout), and some to spare.
    private const long ShutdownSeconds = 30;
    private const long SpareSeconds = 5;

    public static IEnumerable<string> Broken(ManifestSet set) => set.Pods.SelectMany(pod => Pod(pod).Concat(pod.Containers.SelectMany(container => Container(pod, container))));

    private static IEnumerable<string> Pod(PodTemplate pod)
    {
        var security = pod.Spec.SecurityContext;
        foreach (var (holds, sentence) in new (bool, string)[]
        {
            (security?.RunAsNonRoot == true && security.RunAsUser is > 0, "securityContext must have runAsNonRoot and a runAsUser above 0"),
            (security?.SeccompProfile?.Type == "RuntimeDefault", "securityContext must have seccompProfile RuntimeDefault"),
            (pod.Spec.AutomountServiceAccountToken == false, "automountServiceAccountToken must be false: nobody here speaks to Kubernetes"),
            (pod.Spec.HostNetwork != true && pod.Spec.HostPID != true && (pod.Spec.Volumes ?? []).All(volume => volume.HostPath is null), "nothing of the node's own may be used"),
        })
        {
            if (!holds)
            {
                yield return $"{pod.Where}: {sentence}.";
            }
        }
    }

    private static IEnumerable<string> Container(PodTemplate pod, V1Container container)
    {
        var security = container.SecurityContext;
        foreach (var (holds, sentence) in new (bool, string)[]
        {
            (security?.AllowPrivilegeEscalation == false, "securityContext must have allowPrivilegeEscalation: false"),
            (security?.ReadOnlyRootFilesystem == true, "securityContext must have readOnlyRootFilesystem: true"),
            (security?.Capabilities?.Drop?.Contains("ALL") == true, "securityContext must drop ALL capabilities"),
            (Has(container.Resources?.Requests, "cpu") && Has(container.Resources?.Requests, "memory"), "resources.requests must name cpu and memory"),
            (Has(container.Resources?.Limits, "cpu") && Has(container.Resources?.Limits, "memory"), "resources.limits must name cpu and memory"),
        }.Concat(ServiceShape.Of(container.Image) is not null && pod.IsService ? Service(pod, container) : []))
        {
            if (!holds)
            {
                yield return $"{pod.WhereOf(container)}: {sentence}.";
            }
        }
    }

    private static (bool, string)[] Service(PodTemplate pod, V1Container container)
    {
        var pause = container.Lifecycle?.PreStop?.Sleep?.Seconds ?? 0;
        var least = pause + ShutdownSeconds + SpareSeconds;
        return
        [
            (pause > 0, "lifecycle.preStop must sleep until nobody sends requests any more"),
            (pod.Spec.TerminationGracePeriodSeconds >= least, $"terminationGracePeriodSeconds is {pod.Spec.TerminationGracePeriodSeconds}; {pause} s of preStop and {ShutdownSeconds} s for requests under way need {least}"),
            ((container.VolumeMounts ?? []).Any(mount => mount.MountPath == "/tmp"), "/tmp must be a volume: the runtime writes there"),
            (pod.Spec.TopologySpreadConstraints is { Count: > 0 }, "topologySpreadConstraints are missing"),
        ];
    }

    private static bool Has(IDictionary<string, ResourceQuantity>? amounts, string name) => amounts?.ContainsKey(name) == true;
}
