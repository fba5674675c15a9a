using System.Data;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>The fleet's last day, a row a minute. The rows are a ring: no more than <see cref="SlotsCount"/> are ever kept.</summary>
internal sealed class FleetHistoryStore(ControlPlaneDatabase database)
{
    /// <summary>The minutes of a day.</summary>
    public const int SlotsCount = 24 * 60;

    /// <summary>Microseconds that a row stands for.</summary>
    public const long SlotLength = 60L * 1_000_000;

    // The first of a minute stays; one of the day before gives way, and one of a clock that was ahead.
    private const string UpsertSql = """
        INSERT INTO fleet_history (slot, taken_at, devices, ok, silent, failing, pending_records, stored, oldest_pending_at)
        VALUES (@slot, @At, @Devices, @Ok, @Silent, @Failing, @PendingRecords, @Stored, @OldestPendingAt)
        ON CONFLICT (slot) DO UPDATE SET
          taken_at = excluded.taken_at, devices = excluded.devices, ok = excluded.ok, silent = excluded.silent, failing = excluded.failing,
          pending_records = excluded.pending_records, stored = excluded.stored, oldest_pending_at = excluded.oldest_pending_at
        WHERE fleet_history.taken_at < @begin OR fleet_history.taken_at > excluded.taken_at
        """;

    private const string SelectSql = """
        SELECT taken_at AS At, devices AS Devices, ok AS Ok, silent AS Silent, failing AS Failing, pending_records AS PendingRecords, stored AS Stored, oldest_pending_at AS OldestPendingAt
        FROM fleet_history WHERE taken_at >= @since ORDER BY taken_at
        """;

    // Instances come at the same minute: whoever is later looks at the row that the other left, in place of beginning anew.
    public Task WriteAsync(FleetSample sample, CancellationToken ct) => database.WriteAsync(
        IsolationLevel.ReadCommitted,
        async transaction =>
        {
            await transaction.ExecuteAsync(UpsertSql, new
            {
                slot = sample.At / SlotLength % SlotsCount,
                begin = sample.At - (sample.At % SlotLength),
                sample.At,
                Devices = (long)sample.Devices,
                Ok = (long)sample.Ok,
                Silent = (long)sample.Silent,
                Failing = (long)sample.Failing,
                sample.PendingRecords,
                sample.Stored,
                sample.OldestPendingAt,
            });
            // Whether it was the first of its minute is nobody's business.
            return true;
        },
        ct);

    private const string LatenciesSql = "SELECT minute AS Minute, counts AS Counts FROM sync_latency WHERE minute >= @minute";

    /// <summary>The samples from a time on, the oldest first, with what all instances of Ingest have counted in their minutes.</summary>
    public Task<List<FleetSample>> ReadAsync(long since, CancellationToken ct) => database.ReadAsync(
        async transaction =>
        {
            var latencies = LatencyByMinute(await transaction.QueryAsync<LatencyRow>(LatenciesSql, new { minute = since / SlotLength }));
            return (await transaction.QueryAsync<Row>(SelectSql, new { since })).ConvertAll(row => WithLatency(row.ToSample(), latencies.GetValueOrDefault(row.At / SlotLength)));
        },
        ct);

    private static Dictionary<long, LatencyCounts> LatencyByMinute(List<LatencyRow> rows)
    {
        var minutes = new Dictionary<long, LatencyCounts>();
        foreach (var (minute, counts) in rows)
        {
            if (!minutes.TryGetValue(minute, out var sum))
            {
                minutes[minute] = sum = new LatencyCounts();
            }

            sum.Add(LatencyCounts.Parse(counts));
        }

        return minutes;
    }

    private static FleetSample WithLatency(FleetSample sample, LatencyCounts? counts) => sample with
    {
        LatencyP50Milliseconds = Milliseconds(counts, 50),
        LatencyP95Milliseconds = Milliseconds(counts, 95),
        LatencyP99Milliseconds = Milliseconds(counts, 99),
    };

    private static double? Milliseconds(LatencyCounts? counts, double percent) => counts?.Percentile(percent) is { } seconds ? Math.Round(seconds * 1_000) : null;

    private sealed record LatencyRow(long Minute, string Counts);

    private sealed class Row
    {
        public long At { get; init; }

        public long Devices { get; init; }

        public long Ok { get; init; }

        public long Silent { get; init; }

        public long Failing { get; init; }

        public long PendingRecords { get; init; }

        public long Stored { get; init; }

        public long? OldestPendingAt { get; init; }

        public FleetSample ToSample() => new(At, (int)Devices, (int)Ok, (int)Silent, (int)Failing, PendingRecords, Stored, OldestPendingAt);
    }
}
