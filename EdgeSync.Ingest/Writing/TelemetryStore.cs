using System.Data;
using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>Writes facts from devices, a group in one transaction.</summary>
internal sealed class TelemetryStore(ControlPlaneDatabase database, TimeProvider time, IOptions<IngestOptions> options)
{
    private readonly long _clockOffsetMaxMicroseconds = (long)options.Value.ClockOffsetMax.TotalMicroseconds;

    /// <summary>Commits a group, each write upon what those before it left. Returns an outcome for each, in order, once all is durable.</summary>
    /// <exception cref="DbException">Nothing of the group was written, or (a failed commit) nobody knows; writing it again is safe.</exception>
    public Task<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<WriteRequest> group, CancellationToken ct) =>
        database.WriteAsync(IsolationLevel.ReadCommitted, transaction => Task.FromResult<IReadOnlyList<WriteOutcome>>(Write(group, transaction)), ct);

    private WriteOutcome[] Write(IReadOnlyList<WriteRequest> group, DbTransaction transaction)
    {
        var ledger = new GroupLedger(time.GetMicroseconds());
        LedgerStore.Load(ledger, group, transaction);
        var outcomes = new WriteOutcome[group.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = ledger.Decide(group[i]);
        }

        EntryStore.Insert(ledger.Plans, _clockOffsetMaxMicroseconds, transaction);
        LedgerStore.Save(ledger, transaction);
        return outcomes;
    }
}
