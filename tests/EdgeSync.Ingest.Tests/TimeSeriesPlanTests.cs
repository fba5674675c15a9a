using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EdgeSync.Ingest.Tests;

/// <summary>PostgreSQL reads what was asked for by a key, and not the table, once there is a table worth the name.</summary>
public sealed class TimeSeriesPlanTests
{
    private static readonly Guid Device = new("00000000-0000-0000-0000-000000000020");

    [Fact]
    public async Task Each_question_is_one_scan_of_a_key()
    {
        await using var host = await IngestHost.StartAsync(StorageKind.Server);
        Assert.SkipUnless(host.Services.GetRequiredService<ControlPlaneDatabase>().Kind is DatabaseKind.PostgreSql, "CockroachDB explains in other words.");
        foreach (var sql in new[]
        {
            """
            INSERT INTO telemetry_data (device_id, recorded_at, epoch, seq, sensor, value, received_at)
            SELECT ('00000000-0000-0000-0000-' || lpad(device::TEXT, 12, '0'))::UUID, time * 1000000::INT8, 1, time, 's' || time % 5, time, time
            FROM generate_series(1, 40) AS device, generate_series(1, 2500) AS time
            """,
            """
            INSERT INTO latest_values (device_id, sensor, value, recorded_at, received_at, epoch, seq)
            SELECT ('00000000-0000-0000-0000-' || lpad(device::TEXT, 12, '0'))::UUID, 's' || sensor, 1, 1, 1, 1, 1
            FROM generate_series(1, 40) AS device, generate_series(1, 500) AS sensor
            """,
            """
            INSERT INTO sync_status (device_id, boot, nonce, last_seen_at)
            SELECT ('00000000-0000-0000-0000-' || lpad(device::TEXT, 12, '0'))::UUID, 1, 1, 1 FROM generate_series(1, 5000) AS device
            """,
            "ANALYZE",
        })
        {
            host.Storage.Query(sql);
        }

        Assert.Equal(["sync_status_pkey"], Scans(await ExplainAsync(host, TimeSeriesStore.SeenSql, Device)));

        var range = await ExplainAsync(host, TimeSeriesStore.RangeSql, Device, 600_000_000L, 2_400_000_000L, "", 0L, 0L, 101);
        Assert.Equal(["telemetry_data_pkey"], Scans(range));
        // In the key's order, so a page reads no more than it answers.
        Assert.DoesNotContain("Sort", range, StringComparison.Ordinal);
        var ofSensor = await ExplainAsync(host, TimeSeriesStore.RangeSql, Device, 600_000_000L, 2_400_000_000L, "s3", 0L, 0L, 101);
        Assert.Equal(["telemetry_data_pkey"], Scans(ofSensor));
        Assert.DoesNotContain("Sort", ofSensor, StringComparison.Ordinal);

        Assert.Equal(["telemetry_data_pkey"], Scans(await ExplainAsync(
            host, TimeSeriesStore.BucketsSql, Device, 600_000_000L, 2_400_000_000L, "", 60_000_000L, TimeSeriesStore.SumScale, Limits.BucketItemsMax + 1)));

        var latest = await ExplainAsync(host, TimeSeriesStore.LatestSql, Device, "s2", 101);
        Assert.Equal(["latest_values_pkey"], Scans(latest));
        Assert.DoesNotContain("Sort", latest, StringComparison.Ordinal);
    }

    private static async Task<string> ExplainAsync(IngestHost host, string sql, params object[] values)
    {
        await using var connection = (NpgsqlConnection)host.Storage.Open();
        await using var command = new NpgsqlCommand($"EXPLAIN (COSTS OFF) {sql}", connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var lines = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            lines.Add(reader.GetString(0));
        }

        return string.Join('\n', lines);
    }

    /// <summary>The keys that are scanned; a table that is scanned stands there as its whole line.</summary>
    private static IEnumerable<string> Scans(string plan) =>
        from line in plan.Split('\n')
        where line.Contains("Scan", StringComparison.Ordinal) && !line.Contains("Bitmap Heap Scan", StringComparison.Ordinal) && !line.Contains("Subquery Scan", StringComparison.Ordinal)
        let words = line.Trim().TrimStart('-', '>').Trim().Split(' ')
        select words switch
        {
            ["Index", "Scan", "using", var key, ..] => key,
            ["Index", "Only", "Scan", "using", var key, ..] => key,
            ["Bitmap", "Index", "Scan", "on", var key] => key,
            _ => line,
        };
}
