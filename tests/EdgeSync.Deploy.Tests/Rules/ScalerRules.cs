using EdgeSync.Architecture.Tests;
using EdgeSync.Testing;
using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>An autoscaler scales what exists and nobody else scales, by numbers that there are.</summary>
internal static class ScalerRules
{
    private static readonly HashSet<string> Metrics = [.. MetricsDocument.Rows.Values.SelectMany(row => PrometheusName.Of(row.Name, row.Kind, row.Unit))];

    public static IEnumerable<string> Broken(ManifestSet set) =>
        from scaler in set.Of<V2HorizontalPodAutoscaler>()
        from sentence in Target(set, scaler.Manifest, scaler.Object).Concat(scaler.Object.Spec.Metrics.SelectMany(metric => Measured(set, scaler.Manifest, scaler.Object, metric)))
        select sentence;

    private static IEnumerable<string> Target(ManifestSet set, Manifest manifest, V2HorizontalPodAutoscaler scaler)
    {
        var target = scaler.Spec.ScaleTargetRef;
        if (set.Find(target.Kind, target.Name) is not { } found)
        {
            yield return $"{manifest.Where}: {target.Kind} {target.Name}, which it scales, does not exist.";
        }
        else if ((found.Object as V1Deployment)?.Spec.Replicas is not null)
        {
            yield return $"{found.Where} sets replicas, which {manifest.Where} owns: each apply would undo it.";
        }

        if (scaler.Spec.MinReplicas > scaler.Spec.MaxReplicas)
        {
            yield return $"{manifest.Where}: minReplicas is above maxReplicas.";
        }
    }

    private static IEnumerable<string> Measured(ManifestSet set, Manifest manifest, V2HorizontalPodAutoscaler scaler, V2MetricSpec metric)
    {
        var (source, target) = metric switch
        {
            { Type: "Resource", Resource: { } resource } => ("resource", resource.Target),
            { Type: "External", External: { } external } => ("external", external.Target),
            _ => ("", null),
        };
        if (target is null)
        {
            yield return $"{manifest.Where}: a metric of type {metric.Type} is not known, or does not say what its type wants.";
            yield break;
        }

        if (target is not ({ Type: "Utilization", AverageUtilization: > 0 } or { Type: "AverageValue", AverageValue: not null }))
        {
            yield return $"{manifest.Where}: the target of a metric is Utilization with averageUtilization, or AverageValue with averageValue.";
        }

        if (source == "external" && !Metrics.Contains(metric.External.Metric.Name))
        {
            yield return $"{manifest.Where}: {metric.External.Metric.Name} is no metric of docs/observability.md, as Prometheus names it.";
        }

        if (source == "resource")
        {
            foreach (var container in Containers(set, scaler).Where(container => container.Resources?.Requests?.ContainsKey(metric.Resource.Name) != true))
            {
                yield return $"{manifest.Where}: container {container.Name} requests no {metric.Resource.Name}, so there is nothing to use a share of.";
            }
        }
    }

    private static IEnumerable<V1Container> Containers(ManifestSet set, V2HorizontalPodAutoscaler scaler) =>
        (set.Find(scaler.Spec.ScaleTargetRef.Kind, scaler.Spec.ScaleTargetRef.Name)?.Object as V1Deployment)?.Spec.Template.Spec.Containers ?? [];
}
