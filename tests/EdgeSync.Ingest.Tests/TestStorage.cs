using System.Data.Common;
using System.Globalization;
using EdgeSync.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EdgeSync.Ingest.Tests;

internal enum StorageKind
{
    Sqlite,
    Server,
}

/// <summary>A control-plane database of one's own, and a directory; both are gone after the test.</summary>
internal sealed class TestStorage : IAsyncDisposable
{
    private static readonly string[] Tables =
        ["streams", "telemetry_data", "refusals", "gaps", "checkpoints", "clock_offsets", "sync_status", "latest_values", "device_status", "status_history"];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-ingest-");
    private readonly TestDatabase? _server;
    private bool _gone;

    private TestStorage(TestDatabase? server) => _server = server;

    public string Path => _directory.FullName;

    public string ConnectionString => _server?.ConnectionString ?? $"Data Source={System.IO.Path.Combine(Path, "edgesync.db")}";

    public static async Task<TestStorage> CreateAsync(StorageKind kind) =>
        new(kind is StorageKind.Server ? await TestDatabase.CreateAsync(TestContext.Current.CancellationToken) : null);

    /// <summary>What SQL says, a line each row, columns with bars between.</summary>
    public IReadOnlyList<string> Query(string sql)
    {
        using var connection = Open();
        return Query(connection, sql);
    }

    public long Count(string table) => long.Parse(Query($"SELECT count(*) FROM {table}").Single(), CultureInfo.InvariantCulture);

    /// <summary>Every row of every table of Ingest, but for those that were made only to be locked: equal texts are equal states.</summary>
    public string Dump()
    {
        using var connection = Open();
        return string.Join('\n', Tables.Select(table =>
            $"{table}\n{string.Join('\n', Query(connection, $"SELECT * FROM {table}{(table == "sync_status" ? " WHERE boot IS NOT NULL" : "")}").Order(StringComparer.Ordinal))}"));
    }

    /// <summary>Empties the tables of Ingest.</summary>
    public void Clear() => Query(string.Join("; ", Tables.Select(table => $"DELETE FROM {table}")));

    public DbConnection Open()
    {
        DbConnection connection = _server is null
            ? new SqliteConnection(ConnectionString)
            : new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    /// <summary>Holds what writes of these devices need, until it is disposed of.</summary>
    public IDisposable Block(IEnumerable<TestDevice> devices)
    {
        var connection = Open();
        if (connection is SqliteConnection file)
        {
            file.BeginTransaction(deferred: false);
            return connection;
        }

        var rows = string.Join(", ", devices.Select(device => $"('{device.Id}', 0)"));
        Query($"INSERT INTO sync_status (device_id, last_seen_at) VALUES {rows} ON CONFLICT (device_id) DO NOTHING");
        using var command = connection.CreateCommand();
        command.Transaction = connection.BeginTransaction();
        command.CommandText = "UPDATE sync_status SET last_seen_at = last_seen_at";
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>The file is gone while a service still runs.</summary>
    public void Lose()
    {
        SqliteConnection.ClearAllPools();
        _directory.Delete(recursive: true);
    }

    /// <summary>A host and its test may both do it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null && !_gone)
        {
            _gone = true;
            await _server.DisposeAsync();
        }

        if (_directory.Exists)
        {
            _directory.Delete(recursive: true);
        }
    }

    private static List<string> Query(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read())
        {
            lines.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(column => reader.GetValue(column) is byte[] bytes
                ? Convert.ToHexStringLower(bytes)
                : Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture))));
        }

        return lines;
    }
}
