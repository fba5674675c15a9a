using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>Reads how the fleet as a whole stands, from what its heartbeats said.</summary>
internal sealed class FleetTotalsStore(ControlPlaneDatabase database)
{
    private const string TotalsSql = $"""
        SELECT state AS State, COUNT(*) AS Devices, CAST(SUM(pending_records) AS INT8) AS PendingRecords, MIN(oldest_pending_at) AS OldestPendingAt,
          CAST(SUM(dead_letters) AS INT8) AS DeadLetters
        FROM (
          SELECT pending_records, oldest_pending_at, dead_letters,
            CASE WHEN heartbeat_at < @now - @intervals * 1000 * COALESCE(interval_ms, @usual) THEN 'silent'
              WHEN reason IN ('{Heartbeat.ReasonOk}', '{Heartbeat.ReasonPaused}') THEN reason ELSE 'failing' END AS state
          FROM device_status
        ) AS devices GROUP BY state
        """;

    /// <summary>The totals of each state that a device is in; one scan of a row for each device. On a cluster they may be some seconds old.</summary>
    /// <param name="now">Microseconds since 1970.</param>
    /// <param name="ct">Ends it.</param>
    public Task<List<FleetTotals>> ReadAsync(long now, CancellationToken ct) => database.ReadStaleAsync(
        transaction => transaction.QueryAsync<FleetTotals>(TotalsSql, new { now, intervals = Silence.IntervalsMax, usual = Silence.IntervalMillisecondsUsual }), ct);
}
