using System.Data;
using System.Data.Common;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// The control plane's database as stores see it: one transaction per public method of a store, on one of three databases, run again by one policy.
/// A unit of work may run more than once, so it must be idempotent: times and ids are taken before it, and a second run finds what the first one wrote.
/// </summary>
public abstract class ControlPlaneDatabase
{
    private readonly DatabaseRetries _retries;

    private protected ControlPlaneDatabase(DatabaseRetries retries) => _retries = retries;

    /// <summary>What it is.</summary>
    /// <exception cref="InvalidOperationException">A server that was not spoken to yet.</exception>
    public abstract DatabaseKind Kind { get; }

    /// <summary>Runs in a serializable transaction and commits it; an exception rolls it back.</summary>
    /// <exception cref="DbException">It failed for good; see <see cref="DatabaseFaults"/>.</exception>
    public Task<T> WriteAsync<T>(Func<DbTransaction, Task<T>> work, CancellationToken ct) => WriteAsync(IsolationLevel.Serializable, work, ct);

    /// <summary>The same at a level that the work's own locks make sufficient.</summary>
    /// <exception cref="DbException">It failed for good; see <see cref="DatabaseFaults"/>.</exception>
    public Task<T> WriteAsync<T>(IsolationLevel isolation, Func<DbTransaction, Task<T>> work, CancellationToken ct) =>
        _retries.RunAsync(ct => WriteOnceAsync(isolation, work, ct), ct);

    /// <summary>Runs on one snapshot, which holds everything committed before, and writes nothing.</summary>
    /// <exception cref="DbException">It failed for good; see <see cref="DatabaseFaults"/>.</exception>
    public Task<T> ReadAsync<T>(Func<DbTransaction, Task<T>> work, CancellationToken ct) =>
        _retries.RunAsync(ct => ReadOnceAsync(BeginReadAsync, work, ct), ct);

    /// <summary>Runs on one snapshot that may be some seconds old, where an old one can be had from a replica nearby (CockroachDB's follower reads); else as <see cref="ReadAsync"/>.</summary>
    /// <exception cref="DbException">It failed for good; see <see cref="DatabaseFaults"/>.</exception>
    public virtual Task<T> ReadStaleAsync<T>(Func<DbTransaction, Task<T>> work, CancellationToken ct) => ReadAsync(work, ct);

    /// <summary>An open connection for statements that take no part in a transaction; dispose it.</summary>
    public abstract Task<DbConnection> OpenAsync(CancellationToken ct);

    private protected abstract ValueTask<DbTransaction> BeginWriteAsync(DbConnection connection, IsolationLevel isolation, CancellationToken ct);

    private protected abstract ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken ct);

    private protected virtual async Task<T> WriteOnceAsync<T>(IsolationLevel isolation, Func<DbTransaction, Task<T>> work, CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        await using var transaction = await BeginWriteAsync(connection, isolation, ct);
        var result = await work(transaction);
        await CommitAsync(transaction);
        return result;
    }

    private protected async Task<T> ReadOnceAsync<T>(
        Func<DbConnection, CancellationToken, ValueTask<DbTransaction>> begin, Func<DbTransaction, Task<T>> work, CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        await using var transaction = await begin(connection, ct);
        return await work(transaction);
    }

    private protected Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken ct) => _retries.RunAsync(work, ct);

    private static async Task CommitAsync(DbTransaction transaction)
    {
        try
        {
            // Not the caller's to cancel: a commit that was sent may be made.
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (DbException e) when (transaction is not Microsoft.Data.Sqlite.SqliteTransaction && DatabaseFaults.Of(e) is DatabaseFault.Unavailable)
        {
            throw new UnknownCommitException(e);
        }
    }
}
