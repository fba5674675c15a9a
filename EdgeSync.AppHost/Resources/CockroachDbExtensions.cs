namespace EdgeSync.AppHost;

/// <summary>CockroachDB in the model, as Aspire.Hosting.PostgreSQL has PostgreSQL.</summary>
internal static class CockroachDbExtensions
{
    /// <summary>Where the node keeps everything.</summary>
    public const string DataFolder = "/cockroach/cockroach-data";

    // The one that every node has from its start, so that nothing has to make it.
    private const string DefaultDatabase = "defaultdb";

    private const int SqlPort = 26_257;
    private const int ConsolePort = 8_080;

    /// <summary>A single node. It is ready when it takes statements.</summary>
    /// <param name="builder">The model.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="tag">The image's tag.</param>
    public static IResourceBuilder<CockroachDbServerResource> AddCockroachDb(this IDistributedApplicationBuilder builder, string name, string tag) =>
        builder.AddResource(new CockroachDbServerResource(name))
            .WithImage("cockroachdb/cockroach", tag)
            .WithArgs("start-single-node", "--insecure")
            .WithEndpoint(targetPort: SqlPort, name: CockroachDbServerResource.SqlEndpoint, scheme: "tcp")
            .WithHttpEndpoint(targetPort: ConsolePort, name: CockroachDbServerResource.ConsoleEndpoint)
            .WithHttpHealthCheck("/health?ready=1", endpointName: CockroachDbServerResource.ConsoleEndpoint);

    /// <summary>Keeps the node's data in a volume of this name.</summary>
    public static IResourceBuilder<CockroachDbServerResource> WithDataVolume(this IResourceBuilder<CockroachDbServerResource> server, string name) =>
        server.WithVolume(name, DataFolder);

    /// <summary>A database of the node; its name is that of the connection string.</summary>
    public static IResourceBuilder<CockroachDbDatabaseResource> AddDatabase(this IResourceBuilder<CockroachDbServerResource> server, string name) =>
        server.ApplicationBuilder.AddResource(new CockroachDbDatabaseResource(name, DefaultDatabase, server.Resource));
}
