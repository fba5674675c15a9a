using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>Whoever selects pods finds some, and a workload finds its own.</summary>
internal static class SelectorRules
{
    public static IEnumerable<string> Broken(ManifestSet set) =>
    [
        .. set.Of<V1Deployment>().SelectMany(pair => Own(pair.Manifest, pair.Object.Spec.Selector, pair.Object.Spec.Template)),
        .. set.Of<V1StatefulSet>().SelectMany(pair => Own(pair.Manifest, pair.Object.Spec.Selector, pair.Object.Spec.Template)),
        .. set.Of<V1PodDisruptionBudget>().SelectMany(pair => Some(set, pair.Manifest, pair.Object.Spec.Selector)),
        .. set.Of<V1NetworkPolicy>().SelectMany(pair => Some(set, pair.Manifest, pair.Object.Spec.PodSelector).Concat(Peers(pair.Object).SelectMany(peer => Some(set, pair.Manifest, peer)))),
        .. set.Pods.SelectMany(pod => (pod.Spec.TopologySpreadConstraints ?? []).Where(spread => !Matches(spread.LabelSelector, pod.Labels))
            .Select(spread => $"{pod.Where}: its topology spread over {spread.TopologyKey} does not select its own pods.")),
    ];

    public static bool Matches(V1LabelSelector? selector, IDictionary<string, string> labels) =>
        (selector?.MatchLabels ?? new Dictionary<string, string>()).All(label => labels.TryGetValue(label.Key, out var value) && value == label.Value)
        && (selector?.MatchExpressions ?? []).All(expression => expression.OperatorProperty == "In"
            ? labels.TryGetValue(expression.Key, out var value) && expression.Values.Contains(value)
            : throw new FaultException($"The operator {expression.OperatorProperty} is not known here."));

    private static IEnumerable<V1LabelSelector> Peers(V1NetworkPolicy policy) =>
        (policy.Spec.Ingress ?? []).SelectMany(rule => rule.FromProperty ?? []).Concat((policy.Spec.Egress ?? []).SelectMany(rule => rule.To ?? []))
            .Where(peer => peer.NamespaceSelector is null).Select(peer => peer.PodSelector);

    private static IEnumerable<string> Own(Manifest manifest, V1LabelSelector selector, V1PodTemplateSpec template)
    {
        if (!Matches(selector, template.Metadata.Labels))
        {
            yield return $"{manifest.Where}: its selector does not match its pods.";
        }
    }

    private static IEnumerable<string> Some(ManifestSet set, Manifest manifest, V1LabelSelector? selector)
    {
        if (!set.Pods.Any(pod => Matches(selector, pod.Labels)))
        {
            yield return $"{manifest.Where}: no pod is selected by {Describe(selector)}.";
        }

        foreach (var value in (selector?.MatchExpressions ?? []).SelectMany(expression => expression.Values.Where(value => !set.Pods.Any(pod => pod.Labels.TryGetValue(expression.Key, out var label) && label == value))))
        {
            yield return $"{manifest.Where}: no pod is named {value}.";
        }
    }

    private static string Describe(V1LabelSelector? selector) => string.Join(", ", (selector?.MatchLabels ?? new Dictionary<string, string>()).Select(label => $"{label.Key}={label.Value}"));
}
