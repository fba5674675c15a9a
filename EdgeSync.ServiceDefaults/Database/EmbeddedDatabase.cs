using Microsoft.Data.Sqlite;

namespace EdgeSync.ServiceDefaults;

/// <summary>The embedded control-plane database: one SQLite file that Ingest and Commands share, in one process or two.</summary>
/// <remarks>WAL with <c>synchronous=FULL</c>: what a commit returned from survives a power cut. One writer at a time; others wait for it.</remarks>
public sealed class EmbeddedDatabase(DatabaseOptions options)
{
    private const int BusyTimeoutMilliseconds = 30_000;

    private readonly string _connectionString = new SqliteConnectionStringBuilder(options.ConnectionString)
    {
        Pooling = true,
        DefaultTimeout = BusyTimeoutMilliseconds / 1_000,
    }.ToString();

    /// <summary>An open connection from the pool; dispose it to give it back.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            using var pragma = connection.CreateCommand();
            pragma.CommandText = $"PRAGMA busy_timeout={BusyTimeoutMilliseconds}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL";
            pragma.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
