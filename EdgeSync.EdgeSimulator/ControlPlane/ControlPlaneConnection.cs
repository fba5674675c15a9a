using System.Data.Common;
using EdgeSync.ServiceDefaults;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EdgeSync.EdgeSimulator;

/// <summary>The simulator's own way into the control plane's database, to look at it: outside any pool, so that closing it lets go, and apart from the services' code.</summary>
internal static class ControlPlaneConnection
{
    public static bool IsServer(string connectionString) => new DbConnectionStringBuilder { ConnectionString = connectionString } is var keywords
        && (keywords.ContainsKey("Host") || keywords.ContainsKey("Server"));

    /// <summary>For a person: no password.</summary>
    public static string NameOf(string connectionString) => IsServer(connectionString)
        ? new NpgsqlConnectionStringBuilder(connectionString) is var server ? $"The database {server.Database} at {server.Host}" : ""
        : new SqliteConnectionStringBuilder(connectionString).DataSource;

    /// <summary>Opens it.</summary>
    /// <exception cref="UsageException">There is none, or it cannot be reached.</exception>
    public static DbConnection Open(string connectionString)
    {
        DatabaseTypes.Register();
        if (IsServer(connectionString))
        {
            return OpenServerAsync(connectionString, CancellationToken.None).GetAwaiter().GetResult();
        }

        var path = new SqliteConnectionStringBuilder(connectionString).DataSource;
        return File.Exists(path) ? SqliteFile.Open(path) : throw new UsageException($"There is no control-plane database at {path}. Name the folder of a run with --data.");
    }

    public static async Task<DbConnection> OpenServerAsync(string connectionString, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return connection;
        }
        catch (NpgsqlException e)
        {
            await connection.DisposeAsync();
            throw new UsageException($"{NameOf(connectionString)} cannot be reached: {e.Message.ReplaceLineEndings(" ")}. Start it, or correct --database.", e);
        }
    }
}
