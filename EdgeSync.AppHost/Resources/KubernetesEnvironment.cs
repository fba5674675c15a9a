using System.Globalization;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace EdgeSync.AppHost;

/// <summary>A Helm chart. An operator's keys are Secrets that are there, named and mounted as in deploy/kubernetes.</summary>
internal sealed class KubernetesEnvironment(IResourceBuilder<KubernetesEnvironmentResource> environment) : IPublishEnvironment
{
    private const string Writable = "tmp";
    private const string State = "state";
    private const string DatabaseSize = "20Gi";

    // A workload of a chart never ends. Of services that start at once one brings the schema up to date, and the others wait for it.
    public bool RunsOnce => false;

    public static KubernetesEnvironment Add(IDistributedApplicationBuilder builder) =>
        new(builder.AddKubernetesEnvironment("kubernetes").WithHelm(helm => helm.WithChartName("edgesync").WithChartVersion("0.1.0")));

    public void Place(IResourceBuilder<ProjectResource> service, ServiceShape shape, int replicas) => service
        .WithReplicas(replicas)
        .WithComputeEnvironment(environment)
        .PublishAsKubernetesService(kubernetes =>
        {
            var pod = kubernetes.Workload!.PodTemplate.Spec;
            Secure(pod);
            foreach (var container in pod.Containers)
            {
                Give(container, shape);
                // Probes come out without it, or in lower case.
                Array.ForEach([container.ReadinessProbe, container.LivenessProbe], probe => probe?.HttpGet?.Scheme = "HTTP");
                container.Lifecycle = new LifecycleV1 { PreStop = Sleep };
                container.SecurityContext = new SecurityContextV1 { AllowPrivilegeEscalation = false, ReadOnlyRootFilesystem = true, Capabilities = new CapabilitiesV1 { Drop = { "ALL" } } };
            }

            AddFolder(pod, new VolumeV1 { Name = Writable, EmptyDir = new EmptyDirVolumeSourceV1 { SizeLimit = "64Mi" } }, "/tmp", isReadOnly: false);
            foreach (var mount in shape.Mounts)
            {
                AddFolder(pod, VolumeOf(mount), mount.Folder, isReadOnly: true);
            }

            if (shape.State is { } state)
            {
                AddFolder(pod, new VolumeV1 { Name = State, EmptyDir = new EmptyDirVolumeSourceV1 { SizeLimit = "64Mi" } }, state, isReadOnly: false);
            }
        });

    public void PlaceOnce(IResourceBuilder<ProjectResource> task, ServiceShape shape, IResourceBuilder<IResource>? after) =>
        throw new NotSupportedException("A workload of a chart never ends.");

    public void Place(IResourceBuilder<CockroachDbServerResource> node, ServiceShape shape, string volume) => node
        .WithComputeEnvironment(environment)
        .PublishAsKubernetesService(kubernetes =>
        {
            var set = (StatefulSet)kubernetes.Workload!;
            set.PodTemplate.Spec.TerminationGracePeriodSeconds = ServiceShape.StopSeconds;
            set.Spec.ServiceName = kubernetes.Service!.Metadata.Name;
            set.Spec.UpdateStrategy.RollingUpdate = null!;
            set.Spec.VolumeClaimTemplates.Add(Claim(volume));
            foreach (var container in set.PodTemplate.Spec.Containers)
            {
                Give(container, shape);
                container.VolumeMounts.Add(new VolumeMountV1 { Name = volume, MountPath = CockroachDbExtensions.DataFolder });
                container.ReadinessProbe = new ProbeV1 { HttpGet = new HttpGetActionV1 { Path = "/health?ready=1", Port = new Int32OrStringV1(8_080), Scheme = "HTTP" }, PeriodSeconds = 5, TimeoutSeconds = 5 };
                container.LivenessProbe = new ProbeV1 { HttpGet = new HttpGetActionV1 { Path = "/health", Port = new Int32OrStringV1(8_080), Scheme = "HTTP" }, PeriodSeconds = 10, TimeoutSeconds = 5, InitialDelaySeconds = 30 };
            }
        });

    // One handler alone: the others come out empty, and a cluster refuses two.
    private static LifecycleHandlerV1 Sleep => new() { Sleep = new SleepActionV1 { Seconds = ServiceShape.PreStopSeconds }, Exec = null!, HttpGet = null!, TcpSocket = null! };

    // The same: an empty selector or source would be one.
    private static PersistentVolumeClaim Claim(string name) => new()
    {
        Metadata = { Name = name },
        Spec =
        {
            AccessModes = { "ReadWriteOnce" },
            Resources = new VolumeResourceRequirementsV1 { Requests = { ["storage"] = DatabaseSize } },
            DataSource = null!,
            DataSourceRef = null!,
            Selector = null!,
        },
    };

    private static void Secure(PodSpecV1 pod)
    {
        pod.AutomountServiceAccountToken = false;
        pod.TerminationGracePeriodSeconds = ServiceShape.StopSeconds;
        pod.SecurityContext = new PodSecurityContextV1
        {
            RunAsNonRoot = true,
            RunAsUser = ServiceShape.UserId,
            RunAsGroup = ServiceShape.UserId,
            FsGroup = ServiceShape.UserId,
            SeccompProfile = new SeccompProfileV1 { Type = "RuntimeDefault" },
        };
    }

    private static void Give(ContainerV1 container, ServiceShape shape) => container.Resources = new ResourceRequirementsV1
    {
        Requests = { ["cpu"] = shape.Cpu.Requested, ["memory"] = Mebibytes(shape.Memory.Requested) },
        Limits = { ["cpu"] = shape.Cpu.Most, ["memory"] = Mebibytes(shape.Memory.Most) },
    };

    private static VolumeV1 VolumeOf(KeyMount mount) => mount.IsSecret
        // 0440: the group is the pod's.
        ? new VolumeV1 { Name = mount.Name, Secret = new SecretVolumeSourceV1 { SecretName = mount.Name, DefaultMode = 288 } }
        : new VolumeV1 { Name = mount.Name, ConfigMap = new ConfigMapVolumeSourceV1 { Name = mount.Name } };

    private static void AddFolder(PodSpecV1 pod, VolumeV1 volume, string folder, bool isReadOnly)
    {
        pod.Volumes.Add(volume);
        pod.Containers.ForEach(container => container.VolumeMounts.Add(new VolumeMountV1 { Name = volume.Name, MountPath = folder, ReadOnly = isReadOnly }));
    }

    private static string Mebibytes(int count) => string.Create(CultureInfo.InvariantCulture, $"{count}Mi");
}
