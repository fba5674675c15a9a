using System.Globalization;
using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>What a container is told to speak to exists, and the network lets it: out of its own pod and into the other.</summary>
internal static class NetworkRules
{
    public static IEnumerable<string> Broken(ManifestSet set) =>
    [
        .. DefaultDeny(set),
        .. set.Pods.SelectMany(pod => pod.Containers.SelectMany(container => Texts(set, container).SelectMany(text => Addresses.In(text)).Distinct()
            .SelectMany(address => Flow(set, pod, container, address.Host, address.Port)))),
    ];

    private static IEnumerable<string> Texts(ManifestSet set, V1Container container) =>
        ContainerSettings.Of(set, container).Values.Select(setting => setting.Value).Concat((container.Args ?? []).SelectMany(argument => argument.Split('\n')));

    private static IEnumerable<string> DefaultDeny(ManifestSet set)
    {
        if (!set.Of<V1NetworkPolicy>().Any(pair => pair.Object.Spec is { PodSelector: { MatchLabels: null or { Count: 0 }, MatchExpressions: null or { Count: 0 } }, Ingress: null or { Count: 0 }, Egress: null or { Count: 0 }, PolicyTypes.Count: 2 }))
        {
            yield return "No NetworkPolicy refuses everything that the others do not allow.";
        }
    }

    private static IEnumerable<string> Flow(ManifestSet set, PodTemplate pod, V1Container container, string host, int port)
    {
        var where = pod.WhereOf(container);
        var labels = host.Split(".svc")[0].Split('.');
        // NAME, NAME.NAMESPACE, or POD.NAME.NAMESPACE.
        var name = labels.Length == 3 ? labels[1] : labels[0];
        if (set.Find("Service", name)?.Object is not V1Service service)
        {
            yield return $"{where}: it is told of {host}:{port}, but there is no Service {name}.";
            yield break;
        }

        if (service.Spec.Ports.FirstOrDefault(known => known.Port == port) is not { } servicePort)
        {
            yield return $"{where}: it is told of {host}:{port}, but Service {name} has no port {port}, only {string.Join(", ", service.Spec.Ports.Select(known => known.Port))}.";
            yield break;
        }

        foreach (var target in ServiceRules.Pods(set, service))
        {
            if (labels.Length == 3 && !IsPodOf(target, labels[0]))
            {
                yield return $"{where}: it is told of {host}, but {target.Where} has no pod {labels[0]}.";
            }

            if (target.Port(servicePort.TargetPort?.Value ?? port.ToString(CultureInfo.InvariantCulture)) is not { } targetPort)
            {
                continue;
            }

            if (!MayLeave(set, pod, target, targetPort))
            {
                yield return $"{where}: no NetworkPolicy lets it out to {target.Workload.Kind} {target.Workload.Name}, port {targetPort.Name}.";
            }

            if (!MayEnter(set, pod, target, targetPort))
            {
                yield return $"{where}: no NetworkPolicy lets it into {target.Workload.Kind} {target.Workload.Name}, port {targetPort.Name}.";
            }
        }
    }

    private static bool IsPodOf(PodTemplate target, string pod) =>
        target.Workload.Object is V1StatefulSet set && Enumerable.Range(0, set.Spec.Replicas ?? 1).Any(i => pod == $"{target.Workload.Name}-{i}");

    private static bool MayLeave(ManifestSet set, PodTemplate from, PodTemplate to, V1ContainerPort port) =>
        set.Of<V1NetworkPolicy>().Where(pair => SelectorRules.Matches(pair.Object.Spec.PodSelector, from.Labels))
            .SelectMany(pair => pair.Object.Spec.Egress ?? []).Any(rule => IsPeer(rule.To, to) && IsPort(rule.Ports, port));

    private static bool MayEnter(ManifestSet set, PodTemplate from, PodTemplate to, V1ContainerPort port) =>
        set.Of<V1NetworkPolicy>().Where(pair => SelectorRules.Matches(pair.Object.Spec.PodSelector, to.Labels))
            .SelectMany(pair => pair.Object.Spec.Ingress ?? []).Any(rule => IsPeer(rule.FromProperty, from) && IsPort(rule.Ports, port));

    private static bool IsPeer(IList<V1NetworkPolicyPeer>? peers, PodTemplate pod) =>
        peers is null or { Count: 0 } || peers.Any(peer => peer.NamespaceSelector is null && peer.PodSelector is not null && SelectorRules.Matches(peer.PodSelector, pod.Labels));

    private static bool IsPort(IList<V1NetworkPolicyPort>? ports, V1ContainerPort port) =>
        ports is null or { Count: 0 } || ports.Any(allowed => allowed.Port?.Value == port.Name || allowed.Port?.Value == port.ContainerPort.ToString(CultureInfo.InvariantCulture));
}
