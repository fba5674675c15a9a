namespace EdgeSync.AppHost;

/// <summary>Where the model is published to.</summary>
internal interface IPublishEnvironment
{
    /// <summary>Whether something can run once, before the services.</summary>
    bool RunsOnce { get; }

    /// <summary>A service here: what it is given, its keys, its replicas.</summary>
    void Place(IResourceBuilder<ProjectResource> service, ServiceShape shape, int replicas);

    /// <summary>Something that runs once, before the services, and is tried again until it has succeeded.</summary>
    void PlaceOnce(IResourceBuilder<ProjectResource> task, ServiceShape shape, IResourceBuilder<IResource>? after);

    /// <summary>The database node here, with a volume.</summary>
    void Place(IResourceBuilder<CockroachDbServerResource> node, ServiceShape shape, string volume);
}
