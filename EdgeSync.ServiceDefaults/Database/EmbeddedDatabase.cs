using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace EdgeSync.ServiceDefaults;

/// <summary>The embedded control-plane database: one SQLite file that Ingest and Commands share, in one process or two.</summary>
/// <remarks>WAL with <c>synchronous=FULL</c>: what a commit returned from survives a power cut. One writer at a time; others wait for it.</remarks>
internal sealed class EmbeddedDatabase(DatabaseOptions options, DatabaseRetries retries, TransactionBoundary? boundary = null) : ControlPlaneDatabase(retries), IDisposable
{
    private const int BusyTimeoutMilliseconds = 30_000;
    private static readonly ConditionalWeakTable<SQLitePCL.sqlite3, object> SetUpBefore = [];

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
        boundary?.Invoke(TransactionMoment.Opening);
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            SetUp(connection);
            return Task.FromResult<DbConnection>(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // A connection of the pool keeps what it was told: asking the file each time costs as much as a small query.
    private static void SetUp(SqliteConnection connection)
    {
        if (connection.Handle is not { } handle || SetUpBefore.TryGetValue(handle, out _))
        {
            return;
        }

        using var pragma = connection.CreateCommand();
        pragma.CommandText = $"PRAGMA busy_timeout={BusyTimeoutMilliseconds}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL";
        pragma.ExecuteNonQuery();
        SetUpBefore.AddOrUpdate(handle, SetUpBefore);
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
            return boundary is null ? await base.WriteOnceAsync(isolation, work, ct) : await WriteOnceAsync(boundary, isolation, work, ct);
        }
        finally
        {
            _writer.Release();
        }
    }

    private async Task<T> WriteOnceAsync<T>(TransactionBoundary boundary, IsolationLevel isolation, Func<DbTransaction, Task<T>> work, CancellationToken ct)
    {
        var written = await base.WriteOnceAsync(
            isolation,
            async transaction =>
            {
                var result = await work(transaction);
                boundary(TransactionMoment.BeforeCommit);
                return result;
            },
            ct);
        boundary(TransactionMoment.AfterCommit);
        return written;
    }

    // BEGIN IMMEDIATE: from here on the file is this transaction's, whatever the level.
    private protected override ValueTask<DbTransaction> BeginWriteAsync(DbConnection connection, IsolationLevel isolation, CancellationToken ct) =>
        ValueTask.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: false));

    private protected override ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken ct) =>
        ValueTask.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: true));
}

/// <summary>Called where a transaction of the embedded database begins and ends; what it throws stops the program at that very place, or stands for a database that cannot be used.</summary>
internal delegate void TransactionBoundary(TransactionMoment moment);

internal enum TransactionMoment
{
    /// <summary>Before a connection is opened, for reading too.</summary>
    Opening,

    /// <summary>Everything is written and nothing is committed.</summary>
    BeforeCommit,

    /// <summary>Everything is committed and nobody was told.</summary>
    AfterCommit,
}
