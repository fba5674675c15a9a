using System.Data.Common;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>
/// One transaction per public method of a store. What is particular to the embedded database is here; the stores' SQL is what SQLite, PostgreSQL and CockroachDB share.
/// </summary>
internal sealed class Transactions(EmbeddedDatabase database) : IDisposable
{
    // SQLite has one writer: the others wait here, where waiting holds no thread.
    private readonly SemaphoreSlim _writer = new(1, 1);

    /// <summary>Runs in a writing transaction and commits it; an exception rolls it back.</summary>
    public async Task<T> WriteAsync<T>(Func<DbTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken);
        try
        {
            using var connection = database.Open();
            using var transaction = connection.BeginTransaction();
            var result = await work(transaction);
            transaction.Commit();
            return result;
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>Runs on one snapshot and writes nothing.</summary>
    public async Task<T> ReadAsync<T>(Func<DbTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var connection = database.Open();
        using var transaction = connection.BeginTransaction(deferred: true);
        return await work(transaction);
    }

    public void Dispose() => _writer.Dispose();
}
