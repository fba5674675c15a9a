using System.Data;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>How full the queues of each instance are, one row an instance.</summary>
internal sealed class QueueStore(ControlPlaneDatabase database)
{
    private const long GoneAfterMicroseconds = 86_400_000_000;

    private const string SaveSql = """
        INSERT INTO ingest_queues (instance, reported_at, depth, capacity) VALUES (@instance, @now, @depth, @capacity)
        ON CONFLICT (instance) DO UPDATE SET reported_at = excluded.reported_at, depth = excluded.depth, capacity = excluded.capacity
        """;

    private const string ForgetSql = "DELETE FROM ingest_queues WHERE reported_at < @gone";

    /// <summary>Writes down an instance's fullest queue; an instance that has said nothing for a day is forgotten.</summary>
    public Task<int> SaveAsync(string instance, long depth, long capacity, long now, CancellationToken ct) =>
        database.WriteAsync(
            IsolationLevel.ReadCommitted,
            async transaction =>
                await transaction.ExecuteAsync(SaveSql, new { instance, now, depth, capacity }) + await transaction.ExecuteAsync(ForgetSql, new { gone = now - GoneAfterMicroseconds }),
            ct);
}
