namespace EdgeSync.AppHost;

/// <summary>Adds the three services.</summary>
internal static class ServiceExtensions
{
    private const string Management = "management";
    private const string Http = "http";

    /// <summary>The only door: it waits for those behind it (<see cref="LeadsTo"/>).</summary>
    public static IResourceBuilder<ProjectResource> AddGateway(this IDistributedApplicationBuilder builder, Wiring wiring)
    {
        var options = wiring.Options;
        // Devices and operators see its certificate themselves, so nothing may stand before its ports.
        var gateway = builder.AddProject<Projects.EdgeSync_Gateway>("gateway", launchProfileName: null)
            .WithHttpsEndpoint(options.DevicePort, options.DevicePort, "device", "Gateway__DevicePort", isProxied: false)
            .WithHttpsEndpoint(options.OperatorPort, options.OperatorPort, "operator", "Gateway__OperatorPort", isProxied: false)
            .WithHttpEndpoint(options.ManagementPort, options.ManagementPort, Management, "Gateway__ManagementPort", isProxied: false)
            .WithEndpoint("device", endpoint => endpoint.IsExternal = true)
            .WithEndpoint("operator", endpoint => endpoint.IsExternal = true)
            .WithSettings(wiring, ServiceSettings.Gateway(wiring.Keys, wiring.IsPublish))
            .WithProbes(Management);
        wiring.Target?.Place(gateway, ServiceShape.Gateway, replicas: 1);
        return gateway;
    }

    public static IResourceBuilder<ProjectResource> AddIngest(
        this IDistributedApplicationBuilder builder, Wiring wiring, ControlPlaneDatabase database, IResourceBuilder<ProjectResource>? migrations, IResourceBuilder<ProjectResource> gateway) =>
        builder.AddProject<Projects.EdgeSync_Ingest>("ingest")
            .WithSettings(wiring, ServiceSettings.Ingest(wiring.Keys, migrations is not null))
            .AsService(wiring, database, migrations, gateway, ServiceShape.Ingest);

    public static IResourceBuilder<ProjectResource> AddCommands(
        this IDistributedApplicationBuilder builder, Wiring wiring, ControlPlaneDatabase database, IResourceBuilder<ProjectResource>? migrations, IResourceBuilder<ProjectResource> gateway) =>
        builder.AddProject<Projects.EdgeSync_Commands>("commands")
            .WithSettings(wiring, ServiceSettings.Commands(wiring.Keys, migrations is not null))
            .AsService(wiring, database, migrations, gateway, ServiceShape.Commands);

    /// <summary>The gateway finds these services by their names, and starts after them.</summary>
    public static void LeadsTo(this IResourceBuilder<ProjectResource> gateway, params IResourceBuilder<ProjectResource>[] services)
    {
        foreach (var service in services)
        {
            gateway.WithReference(service).WaitFor(service);
        }
    }

    private static IResourceBuilder<ProjectResource> AsService(
        this IResourceBuilder<ProjectResource> service,
        Wiring wiring,
        ControlPlaneDatabase database,
        IResourceBuilder<ProjectResource>? migrations,
        IResourceBuilder<ProjectResource> gateway,
        ServiceShape shape)
    {
        service.WithReference(database.Connection).WithProbes(Http);
        if (migrations is not null)
        {
            service.WaitForCompletion(migrations);
        }

        if (wiring.Target is { } target)
        {
            service.WithEnvironment(ServiceSettings.TokenKeySet, ReferenceExpression.Create($"{gateway.GetEndpoint(Management)}{ServiceSettings.TokenKeysPath}"));
            target.Place(service, shape, wiring.Options.Replicas);
            return service;
        }

        // The gateway waits for this service, so its address is written and not waited for.
        return service
            .WithEnvironment(ServiceSettings.TokenKeySet, FormattableString.Invariant($"http://127.0.0.1:{wiring.Options.ManagementPort}{ServiceSettings.TokenKeysPath}"))
            .WithReplicas(wiring.Options.Replicas);
    }

    private static IResourceBuilder<ProjectResource> WithSettings(this IResourceBuilder<ProjectResource> service, Wiring wiring, IEnumerable<(string Name, string Value)> settings)
    {
        // Nobody's word is taken for where a request came from.
        service.DisableForwardedHeaders();
        foreach (var (name, value) in settings)
        {
            service.WithEnvironment(name, value);
        }

        if (wiring.IsPublish)
        {
            service.WithEnvironment(ServiceSettings.OperatorsAuthority, wiring.Options.OperatorsAuthority);
        }

        return wiring.Pki is { } pki ? service.WaitForCompletion(pki) : service;
    }

    // Each also becomes a health check of its path, which may be named once.
    private static IResourceBuilder<ProjectResource> WithProbes(this IResourceBuilder<ProjectResource> service, string endpoint) => service
        .WithHttpProbe(ProbeType.Readiness, "/health", periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2, endpointName: endpoint)
        .WithHttpProbe(ProbeType.Liveness, "/alive", periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3, endpointName: endpoint);
}
