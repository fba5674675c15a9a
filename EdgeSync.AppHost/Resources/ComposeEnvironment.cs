using System.Globalization;
using Aspire.Hosting.Docker;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

namespace EdgeSync.AppHost;

/// <summary>A Docker Compose file. An operator's keys are folders below <c>secrets</c> beside it.</summary>
internal sealed class ComposeEnvironment(IResourceBuilder<DockerComposeEnvironmentResource> environment) : IPublishEnvironment
{
    public bool RunsOnce => true;

    public static ComposeEnvironment Add(IDistributedApplicationBuilder builder) => new(builder.AddDockerComposeEnvironment("compose"));

    public void Place(IResourceBuilder<ProjectResource> service, ServiceShape shape, int replicas) => service
        .WithComputeEnvironment(environment)
        .PublishAsDockerComposeService((_, compose) =>
        {
            Give(compose, shape, replicas);
            Secure(compose);
            compose.Restart = "unless-stopped";
            compose.Volumes.AddRange(shape.Mounts.Select(Mount));
            if (shape.State is { } state)
            {
                // A volume would be root's. What is lost with the container is fetched again before the service is ready.
                compose.Tmpfs.Add(FormattableString.Invariant($"{state}:uid={ServiceShape.UserId},gid={ServiceShape.UserId},mode=0700"));
            }
        });

    public void PlaceOnce(IResourceBuilder<ProjectResource> task, ServiceShape shape, IResourceBuilder<IResource>? after) => task
        .WithComputeEnvironment(environment)
        .PublishAsDockerComposeService((_, compose) =>
        {
            Give(compose, shape, 1);
            Secure(compose);
            compose.Restart = "on-failure";
            if (after is not null)
            {
                compose.DependsOn[after.Resource.Name] = new ServiceDependency { Condition = "service_healthy" };
            }
        });

    public void Place(IResourceBuilder<CockroachDbServerResource> node, ServiceShape shape, string volume) => node
        .WithDataVolume(volume)
        .WithComputeEnvironment(environment)
        .PublishAsDockerComposeService((_, compose) =>
        {
            Give(compose, shape, 1);
            compose.Restart = "unless-stopped";
            compose.Healthcheck = new Healthcheck
            {
                Test = ["CMD", "cockroach", "node", "status", "--insecure"],
                Interval = "5s",
                Timeout = "5s",
                StartPeriod = "30s",
                Retries = 12,
            };
        });

    private static void Give(Service compose, ServiceShape shape, int replicas)
    {
        compose.StopGracePeriod = string.Create(CultureInfo.InvariantCulture, $"{ServiceShape.StopSeconds}s");
        compose.Deploy = new Deploy
        {
            Replicas = replicas,
            Resources = new Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm.Resources
            {
                Reservations = new ResourceSpec { Cpus = shape.Cpu.Requested, Memory = Megabytes(shape.Memory.Requested) },
                Limits = new ResourceSpec { Cpus = shape.Cpu.Most, Memory = Megabytes(shape.Memory.Most) },
            },
        };
    }

    private static void Secure(Service compose)
    {
        compose.ReadOnly = true;
        compose.CapDrop.Add("ALL");
        compose.SecurityOpt.Add("no-new-privileges:true");
        compose.Tmpfs.Add("/tmp");
    }

    private static Volume Mount(KeyMount mount) => new() { Name = mount.Name, Type = "bind", Source = $"./secrets/{mount.Name}", Target = mount.Folder, ReadOnly = true };

    private static string Megabytes(int count) => string.Create(CultureInfo.InvariantCulture, $"{count}M");
}
