using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>An object is there once, in the namespace, and holds no secret; whatever it names exists.</summary>
internal static class ObjectRules
{
    public static IEnumerable<string> Broken(ManifestSet set) =>
    [
        .. set.All.GroupBy(manifest => (manifest.Kind, manifest.Name)).Where(group => group.Count() > 1).Select(group => $"{group.Last().Where} is there twice, first in {group.First().File}."),
        .. set.Of<V1Secret>().Select(secret => $"{secret.Manifest.Where} is in the manifests: an operator makes Secrets, by deploy/kubernetes/secrets.sh."),
        .. set.Pods.SelectMany(pod => Accounts(set, pod)),
        .. set.Of<V1StatefulSet>().SelectMany(stateful => Governing(set, stateful.Manifest, stateful.Object)),
    ];

    private static IEnumerable<string> Accounts(ManifestSet set, PodTemplate pod)
    {
        if (set.Find("ServiceAccount", pod.Spec.ServiceAccountName) is null)
        {
            yield return $"{pod.Where}: ServiceAccount '{pod.Spec.ServiceAccountName}' does not exist.";
        }
    }

    private static IEnumerable<string> Governing(ManifestSet set, Manifest manifest, V1StatefulSet stateful)
    {
        if (set.Find("Service", stateful.Spec.ServiceName)?.Object is not V1Service { Spec.ClusterIP: "None" })
        {
            yield return $"{manifest.Where}: serviceName '{stateful.Spec.ServiceName}' is no headless Service.";
        }
    }
}
