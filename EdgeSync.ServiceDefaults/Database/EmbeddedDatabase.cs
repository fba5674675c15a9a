using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace EdgeSync.ServiceDefaults;

/// <summary>The embedded control-plane database: one SQLite file that Ingest and Commands share, in one process or two.</summary>
/// <remarks>WAL with <c>synchronous=FULL</c>: what a commit returned from survives a power cut. One writer at a time; others wait for it.</remarks>
internal sealed class EmbeddedDatabase(DatabaseOptions options, DatabaseRetries retries) : ControlPlaneDatabase(retries), IDisposable
{
    private const int BusyTimeoutMilliseconds = 30_000;

    private readonly string _connectionString = new SqliteConnectionStringBuilder(options.ConnectionString)
    {
        Pooling = true,
        DefaultTimeout = BusyTimeoutMilliseconds / 1_000,
    }.ToString();

    // SQLite has one writer: the others wait here, where waiting holds no thread.
    private readonly SemaphoreSlim _writer = new(1, 1);

    public override DatabaseKind Kind => DatabaseKind.Sqlite;

    public override Task<DbConnection> OpenAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            using var pragma = connection.CreateCommand();
            pragma.CommandText = $"PRAGMA busy_timeout={BusyTimeoutMilliseconds}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL";
            pragma.ExecuteNonQuery();
            return Task.FromResult<DbConnection>(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        // The pool would keep the file open.
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private protected override async Task<T> WriteOnceAsync<T>(IsolationLevel isolation, Func<DbTransaction, Task<T>> work, CancellationToken ct)
    {
        await _writer.WaitAsync(ct);
        try
        {
            return await base.WriteOnceAsync(isolation, work, ct);
        }
        finally
        {
            _writer.Release();
        }
    }

    // BEGIN IMMEDIATE: from here on the file is this transaction's, whatever the level.
    private protected override ValueTask<DbTransaction> BeginWriteAsync(DbConnection connection, IsolationLevel isolation, CancellationToken ct) =>
        ValueTask.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: false));

    private protected override ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken ct) =>
        ValueTask.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: true));
}
