namespace EdgeSync.AppHost;

/// <summary>A CockroachDB node in a container, for development and for trying things: one node, without certificates.</summary>
internal sealed class CockroachDbServerResource(string name) : ContainerResource(name), IResourceWithConnectionString
{
    public const string SqlEndpoint = "sql";
    public const string ConsoleEndpoint = "console";

    // A node without certificates knows this user only, and asks no password.
    private const string UserName = "root";

    /// <summary>Where SQL is spoken.</summary>
    public EndpointReference Sql => new(this, SqlEndpoint);

    /// <summary>Npgsql's keywords, without a database.</summary>
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"Host={Sql.Property(EndpointProperty.Host)};Port={Sql.Property(EndpointProperty.Port)};Username={UserName};SSL Mode=Disable");
}

/// <summary>A database of it.</summary>
internal sealed class CockroachDbDatabaseResource(string name, string databaseName, CockroachDbServerResource server)
    : Resource(name), IResourceWithParent<CockroachDbServerResource>, IResourceWithConnectionString
{
    public CockroachDbServerResource Parent => server;

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{Parent.ConnectionStringExpression};Database={databaseName}");
}
