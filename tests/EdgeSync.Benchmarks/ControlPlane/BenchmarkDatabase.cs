using EdgeSync.EdgeSimulator;
using Npgsql;

namespace EdgeSync.Benchmarks;

/// <summary>A PostgreSQL of the benchmark's own, in a folder that goes with it.</summary>
internal sealed class BenchmarkDatabase : IAsyncDisposable
{
    private readonly string _folder;
    private readonly PostgresServer _server;

    private BenchmarkDatabase(string folder, PostgresServer server)
    {
        _folder = folder;
        _server = server;
        Source = NpgsqlDataSource.Create(server.ConnectionString);
    }

    public NpgsqlDataSource Source { get; }

    public string ConnectionString => _server.ConnectionString;

    /// <summary>CPU of all its processes, microseconds.</summary>
    public double ProcessorMicroseconds => ProcessorTime.OfFolder(Path.Combine(_folder, "data"));

    public static async Task<BenchmarkDatabase> StartAsync(TimeProvider time, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("edgesync-benchmark-").FullName;
        try
        {
            return new BenchmarkDatabase(folder, await PostgresServer.StartAsync(folder, time, ct: ct));
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>The same start for every measurement: no telemetry, and a checkpoint just made. Streams go on.</summary>
    public async Task ResetAsync(CancellationToken ct)
    {
        await ExecuteAsync("TRUNCATE telemetry_data", ct);
        await CheckpointAsync(ct);
    }

    public Task CheckpointAsync(CancellationToken ct) => ExecuteAsync("CHECKPOINT", ct);

    public async Task<long> CountReadingsAsync(CancellationToken ct) => await ReadAsync("SELECT count(*) FROM telemetry_data", ct);

    /// <summary>Grows by one with every transaction that writes.</summary>
    public async Task<long> WritingTransactionsAsync(CancellationToken ct) => await ReadAsync("SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS INT8)", ct);

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task ExecuteAsync(string sql, CancellationToken ct)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<long> ReadAsync(string sql, CancellationToken ct)
    {
        await using var command = Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}
