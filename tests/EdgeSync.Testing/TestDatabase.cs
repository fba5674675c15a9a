using Npgsql;

namespace EdgeSync.Testing;

/// <summary>
/// An empty database of one's own on a real server: the one that EDGESYNC_TEST_DATABASE names (a connection string of a PostgreSQL or CockroachDB whose user may create
/// databases, or <c>cockroach-container</c>), else a private PostgreSQL that the test process starts once and takes with it when it ends.
/// </summary>
public sealed class TestDatabase : IAsyncDisposable
{
    // Tests run side by side, and a server takes a few hundred connections in all.
    private const int PoolSizeMax = 20;

    private readonly string _server;
    private readonly string _name;

    private TestDatabase(string server, string name)
    {
        _server = server;
        _name = name;
        var address = new NpgsqlConnectionStringBuilder(server) { Database = name };
        address.MaxPoolSize = Math.Min(address.MaxPoolSize, PoolSizeMax);
        ConnectionString = address.ConnectionString;
    }

    /// <summary>For Npgsql.</summary>
    public string ConnectionString { get; }

    /// <summary>Makes one. Call it from a test, or from its class's <c>InitializeAsync</c>: where no server can be had it skips the test, and fails it when EDGESYNC_REQUIRE_DATABASE is 1.</summary>
    public static async Task<TestDatabase> CreateAsync(CancellationToken ct = default)
    {
        var database = new TestDatabase(await TestServer.ConnectionStringAsync(), $"edgesync_{Guid.NewGuid():N}");
        await using var connection = await database.OpenServerAsync(ct);
        await ExecuteAsync(connection, $"CREATE DATABASE {database._name}", ct);
        return database;
    }

    /// <summary>Drops it, whoever is still connected to it.</summary>
    public async ValueTask DisposeAsync()
    {
        await using var connection = await OpenServerAsync(CancellationToken.None);
        var isCockroach = connection.PostgresParameters.ContainsKey("crdb_version");
        await ExecuteAsync(connection, $"DROP DATABASE {_name} {(isCockroach ? "CASCADE" : "WITH (FORCE)")}", CancellationToken.None);
    }

    private async Task<NpgsqlConnection> OpenServerAsync(CancellationToken ct)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(ct);
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
