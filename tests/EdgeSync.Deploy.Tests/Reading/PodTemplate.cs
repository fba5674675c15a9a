using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>The pods of a workload.</summary>
/// <param name="Workload">What starts them.</param>
/// <param name="Template">What they are.</param>
/// <param name="IsService">They run until they are stopped; otherwise until they are done.</param>
internal sealed record PodTemplate(Manifest Workload, V1PodTemplateSpec Template, bool IsService)
{
    public string Where => Workload.Where;

    public V1PodSpec Spec => Template.Spec;

    public IDictionary<string, string> Labels => Template.Metadata?.Labels ?? new Dictionary<string, string>();

    public IEnumerable<V1Container> Containers => (Spec.InitContainers ?? []).Concat(Spec.Containers);

    public IEnumerable<V1PersistentVolumeClaim> Claims => (Workload.Object as V1StatefulSet)?.Spec.VolumeClaimTemplates ?? [];

    public static IEnumerable<PodTemplate> Of(Manifest manifest) => manifest.Object switch
    {
        V1Deployment deployment => [new(manifest, deployment.Spec.Template, true)],
        V1StatefulSet set => [new(manifest, set.Spec.Template, true)],
        V1DaemonSet set => [new(manifest, set.Spec.Template, true)],
        V1Job job => [new(manifest, job.Spec.Template, false)],
        V1CronJob job => [new(manifest, job.Spec.JobTemplate.Spec.Template, false)],
        V1Pod pod => [new(manifest, new V1PodTemplateSpec { Metadata = pod.Metadata, Spec = pod.Spec }, true)],
        _ => [],
    };

    public string WhereOf(V1Container container) => $"{Where}, container {container.Name}";

    /// <summary>A container's port by its name or number.</summary>
    public V1ContainerPort? Port(string port) =>
        Containers.SelectMany(container => container.Ports ?? []).FirstOrDefault(known => known.Name == port || known.ContainerPort.ToString(System.Globalization.CultureInfo.InvariantCulture) == port);
}
