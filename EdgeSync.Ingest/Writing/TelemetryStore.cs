using System.Data;
using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>Writes facts from devices, a group in one transaction. One group at a time: it uses its columns again.</summary>
internal sealed class TelemetryStore(ControlPlaneDatabase database, TimeProvider time, IngestOptions options)
{
    private IGroupStore? _rows;

    /// <summary>Commits a group, each write upon what those before it left. Returns an outcome for each, in order, once all is durable.</summary>
    /// <remarks>READ COMMITTED is enough, because the first statement locks every device of the group: what later statements see of a stream is what the last holder of its lock left.</remarks>
    /// <exception cref="DbException">Nothing of the group was written, or (a failed commit) nobody knows; writing it again is safe.</exception>
    public Task<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<WriteRequest> group, CancellationToken ct)
    {
        var now = time.GetMicroseconds();
        return database.WriteAsync(IsolationLevel.ReadCommitted, transaction => WriteAsync(group, now, transaction, ct), ct);
    }

    private async Task<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<WriteRequest> group, long now, DbTransaction transaction, CancellationToken ct)
    {
        // What it is, a server says when it is first spoken to.
        _rows ??= database.Kind is DatabaseKind.Sqlite ? new EmbeddedGroupStore(options) : new ServerGroupStore(options);
        var ledger = new GroupLedger(now);
        await _rows.LoadAsync(ledger, group, transaction, ct);
        await RunStore.LoadAsync(ledger.Runs, group, transaction);
        var outcomes = new WriteOutcome[group.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = ledger.Decide(group[i]);
        }

        await _rows.SaveAsync(ledger, transaction, ct);
        await RunStore.SaveAsync(ledger.Runs, transaction);
        return outcomes;
    }
}
