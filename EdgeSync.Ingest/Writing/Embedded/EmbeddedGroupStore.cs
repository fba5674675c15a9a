using System.Data.Common;

namespace EdgeSync.Ingest;

/// <summary>A group in the embedded database: a prepared statement for each kind of row. The file has one writer, which is lock enough.</summary>
internal sealed class EmbeddedGroupStore(IngestOptions options) : IGroupStore
{
    public Task LoadAsync(GroupLedger ledger, IReadOnlyList<WriteRequest> group, DbTransaction transaction, CancellationToken ct)
    {
        EmbeddedLedgerStore.Load(ledger, group, transaction);
        return Task.CompletedTask;
    }

    public Task SaveAsync(GroupLedger ledger, DbTransaction transaction, CancellationToken ct)
    {
        EmbeddedEntryStore.Insert(ledger.Plans, options.ClockOffsetMaxMicroseconds, transaction);
        EmbeddedLatestStore.Save(ledger.Plans, options.LatestSensorsMax, transaction);
        EmbeddedLedgerStore.Save(ledger, transaction);
        EmbeddedStatusStore.Save(ledger, transaction);
        return Task.CompletedTask;
    }
}
