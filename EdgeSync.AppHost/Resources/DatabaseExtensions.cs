namespace EdgeSync.AppHost;

/// <summary>The control plane's database: its connection string, and the node where there is one in the model.</summary>
internal sealed record ControlPlaneDatabase(IResourceBuilder<IResourceWithConnectionString> Connection, IResourceBuilder<CockroachDbServerResource>? Node = null);

/// <summary>Adds the database that was chosen, and what brings its schema up to date.</summary>
internal static class DatabaseExtensions
{
    // With a name of its own: a made one would hold a hash of this folder's path.
    private const string Volume = "edgesync-cockroachdb";

    private const string Placeholder = "Host=HOST;Database=edgesync;Username=edgesync;Password=PASSWORD;SSL Mode=VerifyFull";

    public static ControlPlaneDatabase AddControlPlaneDatabase(this IDistributedApplicationBuilder builder, Wiring wiring)
    {
        var options = wiring.Options;
        switch (options.Database)
        {
            case DatabaseKind.Cockroach:
                var node = builder.AddCockroachDb("cockroachdb", options.CockroachTag);
                if (wiring.Target is { } target)
                {
                    target.Place(node, ServiceShape.Database, Volume);
                }
                else
                {
                    node.WithDataVolume(Volume);
                }

                return new ControlPlaneDatabase(node.AddDatabase(AppHostOptions.ConnectionName), node);
            case DatabaseKind.Postgres:
                // It holds a password. A publish waits for ever for a parameter without a value, and writes no secret's value down.
                var secret = builder.AddParameter("database", () => options.ConnectionString.Length > 0 ? options.ConnectionString : Placeholder, secret: true);
                return new ControlPlaneDatabase(builder.AddConnectionString(AppHostOptions.ConnectionName, ReferenceExpression.Create($"{secret}")));
            default:
                var file = Path.Combine(options.Data, "control-plane", "edgesync.db");
                return new ControlPlaneDatabase(builder.AddConnectionString(AppHostOptions.ConnectionName, ReferenceExpression.Create($"Data Source={file}")));
        }
    }

    /// <summary>Runs once, before the services; null where nothing can.</summary>
    public static IResourceBuilder<ProjectResource>? AddMigrations(this IDistributedApplicationBuilder builder, Wiring wiring, ControlPlaneDatabase database)
    {
        if (wiring.Target is { RunsOnce: false })
        {
            return null;
        }

        var migrations = builder.AddProject<Projects.EdgeSync_Ingest>("migrations", OnlyItsProgram).WithArgs("migrate").WithReference(database.Connection);
        if (database.Node is { } node)
        {
            migrations.WaitFor(node);
        }

        wiring.Target?.PlaceOnce(migrations, ServiceShape.Migrations, database.Node);
        return migrations;
    }

    // It serves nothing.
    private static void OnlyItsProgram(ProjectResourceOptions options)
    {
        options.ExcludeLaunchProfile = true;
        options.ExcludeKestrelEndpoints = true;
    }
}
