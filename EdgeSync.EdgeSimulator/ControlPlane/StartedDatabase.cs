namespace EdgeSync.EdgeSimulator;

/// <summary>The control plane's database while it is used: a file, a server of the user's own, or a private PostgreSQL that runs as long as this.</summary>
internal sealed class StartedDatabase : IAsyncDisposable
{
    private StartedDatabase(string connectionString, PostgresServer? server = null)
    {
        ConnectionString = connectionString;
        Server = server;
    }

    public string ConnectionString { get; }

    /// <summary>The private server, which may be killed.</summary>
    public PostgresServer? Server { get; }

    /// <summary>Starts or finds the database for a control plane that is about to run.</summary>
    /// <exception cref="UsageException">It cannot be had; the message says what to do.</exception>
    public static async Task<StartedDatabase> StartAsync(DatabaseChoice choice, DataFolder folder, TimeProvider time, CancellationToken ct)
    {
        if (choice.IsPrivateServer)
        {
            var server = await PostgresServer.StartAsync(folder.Postgres, time, ct: ct);
            return new StartedDatabase(server.ConnectionString, server);
        }

        if (choice.ConnectionString is not { } given)
        {
            return new StartedDatabase(DatabaseChoice.OfFile(folder.Database));
        }

        // A file is made when it is not there, but nobody makes a server.
        if (ControlPlaneConnection.IsServer(given))
        {
            await using var connection = await ControlPlaneConnection.OpenServerAsync(given, ct);
        }

        return new StartedDatabase(given);
    }

    /// <summary>The database of a run that is over, or of a control plane that runs elsewhere.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static async Task<StartedDatabase> OpenAsync(DatabaseChoice choice, DataFolder folder, TimeProvider time, CancellationToken ct)
    {
        if (!choice.IsPrivateServer)
        {
            return await StartAsync(choice, folder, time, ct);
        }

        if (!MayBeThere(choice, folder))
        {
            throw new UsageException($"There is no control-plane database at {folder.Postgres}. Name the folder of a run with --data.");
        }

        // Whose control plane is still running, that server is not ours to stop.
        return PostgresFolder.RunningIn(folder.Postgres) is { } running ? new StartedDatabase(running) : await StartAsync(choice, folder, time, ct);
    }

    /// <summary>False when there is certainly none.</summary>
    public static bool MayBeThere(DatabaseChoice choice, DataFolder folder) => choice switch
    {
        { IsPrivateServer: true } => Directory.Exists(folder.Postgres),
        { ConnectionString: null } => File.Exists(folder.Database),
        { ConnectionString: { } given } => ControlPlaneConnection.IsServer(given) || File.Exists(ControlPlaneConnection.NameOf(given)),
    };

    public ValueTask DisposeAsync() => Server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
