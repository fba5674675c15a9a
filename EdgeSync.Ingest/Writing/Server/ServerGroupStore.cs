using System.Data.Common;

namespace EdgeSync.Ingest;

/// <summary>A group in PostgreSQL or CockroachDB: one round trip reads, one writes, whatever the group holds. Statements are those that both understand.</summary>
internal sealed class ServerGroupStore(IngestOptions options) : IGroupStore
{
    private readonly ServerEntryStore _entries = new(options);

    public Task LoadAsync(GroupLedger ledger, IReadOnlyList<WriteRequest> group, DbTransaction transaction, CancellationToken ct) =>
        ServerLedgerStore.LoadAsync(ledger, group, transaction, ct);

    public async Task SaveAsync(GroupLedger ledger, DbTransaction transaction, CancellationToken ct)
    {
        await using var batch = BatchColumns.BatchOf(transaction);
        // In the order of the primary keys, as far as batches are: an index likes it. No other transaction writes rows of these devices meanwhile.
        var plans = ledger.Plans.OrderBy(plan => plan.Stream).ThenBy(plan => plan.First).ToList();
        _entries.AddTo(batch, plans);
        ServerLedgerStore.AddTo(batch, ledger);
        ServerStatusStore.AddTo(batch, ledger);
        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(ct);
        }
    }
}
