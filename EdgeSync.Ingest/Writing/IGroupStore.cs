using System.Data.Common;

namespace EdgeSync.Ingest;

/// <summary>Reads what decides about a group of writes, and writes what was decided: rows one by one in this process, or columns to a server.</summary>
internal interface IGroupStore
{
    /// <summary>Locks the group's devices for the rest of the transaction, then puts into the ledger what is known of their streams.</summary>
    Task LoadAsync(GroupLedger ledger, IReadOnlyList<WriteRequest> group, DbTransaction transaction, CancellationToken ct);

    /// <summary>Writes everything that the ledger says has changed.</summary>
    Task SaveAsync(GroupLedger ledger, DbTransaction transaction, CancellationToken ct);
}
