using System.Data;
using System.Data.Common;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Makes a unit of work safe to run again.</summary>
internal static class WriteOnce
{
    /// <summary>
    /// One snapshot, and whoever changes a row that was changed meanwhile begins again. That is enough here: each transaction writes every row that it decides about, and what spans
    /// rows is held by a row of its own (a document's head) or a unique index. PostgreSQL's SERIALIZABLE would also refuse transactions of different devices
    /// whose rows lie on one page of an index, which small tables always are. CockroachDB runs it as SERIALIZABLE.
    /// </summary>
    public const IsolationLevel Isolation = IsolationLevel.RepeatableRead;

    /// <summary>
    /// Runs a transaction whose commit may be made though its answer is lost: the database's policy then runs the work again. A transaction is made whole or not at all, so one
    /// thing in it that stands exactly as the run before left it proves that the whole was made, and what that run found out is the outcome. Nothing is counted or done twice then.
    /// </summary>
    public static Task<T> WriteOnceAsync<T>(this ControlPlaneDatabase database, Func<DbTransaction, Task<Written<T>>> work, CancellationToken ct) =>
        database.WriteOnceAsync(Isolation, work, ct);

    /// <summary>The same at a level that the work's own locks make sufficient.</summary>
    public static Task<T> WriteOnceAsync<T>(this ControlPlaneDatabase database, IsolationLevel isolation, Func<DbTransaction, Task<Written<T>>> work, CancellationToken ct)
    {
        Written<T>? before = null;
        return database.WriteAsync(
            isolation,
            async transaction =>
            {
                if (before is not { Stands: { } stands } || !await stands(transaction))
                {
                    before = await work(transaction);
                }

                return before.Outcome;
            },
            ct);
    }
}

/// <summary>What a unit of work has done.</summary>
/// <param name="Outcome">Its outcome.</param>
/// <param name="Stands">Whether something that it wrote stands as it left it; null when it wrote nothing, or what may be written again.</param>
internal sealed record Written<T>(T Outcome, Func<DbTransaction, Task<bool>>? Stands);
