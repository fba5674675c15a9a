using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>Reads a device's stored readings: one range of one key, whatever is asked. On a cluster an answer may be some seconds old. Null stands for a device that was never seen.</summary>
internal sealed class TimeSeriesStore(ControlPlaneDatabase database)
{
    // A row without a boot was made only to be locked.
    internal const string SeenSql = "SELECT boot FROM sync_status WHERE device_id = $1 AND boot IS NOT NULL";

    internal const string RangeSql = """
        SELECT sensor, recorded_at, received_at, epoch, seq, value, payload, replay_of FROM telemetry_data
        WHERE device_id = $1 AND recorded_at >= $2 AND recorded_at < $3 AND ($4 = '' OR sensor = $4) AND (recorded_at, epoch, seq) > ($2, $5, $6)
        ORDER BY recorded_at, epoch, seq LIMIT $7
        """;

    /// <summary>A page of the readings from a time on, or after one of them, up to and without another time, in the order of the device's time.</summary>
    public Task<Page<ReadingView>?> ReadRangeAsync(DeviceId device, ReadingCursor after, long to, string sensor, int limit, CancellationToken ct) =>
        ReadAsync(
            device,
            async transaction => Paging.ToPage(
                await ReadReadingsAsync(transaction, RangeSql, ct, device, after.RecordedAt, to, sensor, after.Epoch, after.Number, limit + 1),
                limit,
                reading => reading,
                reading => new ReadingCursor(reading.RecordedAt, reading.Epoch.Value, reading.Number).ToString()),
            ct);

    internal const string LatestSql = """
        SELECT sensor, recorded_at, received_at, epoch, seq, value, payload, NULL FROM latest_values
        WHERE device_id = $1 AND sensor > $2 ORDER BY sensor LIMIT $3
        """;

    /// <summary>A page of the newest reading of each sensor.</summary>
    public Task<Page<ReadingView>?> ReadLatestAsync(DeviceId device, string after, int limit, CancellationToken ct) =>
        ReadAsync(
            device,
            async transaction => Paging.ToPage(
                await ReadReadingsAsync(transaction, LatestSql, ct, device, after, limit + 1), limit, reading => reading, reading => reading.Sensor),
            ct);

    // Time within the range is never negative, whatever the times are, and a remainder is one in each of the databases (a division is not).
    internal const string BucketsSql = """
        SELECT sensor, bucket, count(*), min(value), max(value), sum(CASE WHEN value BETWEEN -1 AND 1 THEN value ELSE 0.0 END),
          sum(CASE WHEN value BETWEEN -1 AND 1 THEN 0.0 ELSE value * $6 END), max(CASE WHEN place = 1 THEN value END), max(recorded_at)
        FROM (
          SELECT sensor, bucket, value, recorded_at, row_number() OVER (PARTITION BY sensor, bucket ORDER BY recorded_at DESC, epoch DESC, seq DESC) AS place
          FROM (
            SELECT sensor, recorded_at - (recorded_at - $2) % $5 AS bucket, value, recorded_at, epoch, seq FROM telemetry_data
            WHERE device_id = $1 AND recorded_at >= $2 AND recorded_at < $3 AND ($4 = '' OR sensor = $4) AND value IS NOT NULL) AS readings) AS placed
        GROUP BY sensor, bucket LIMIT $7
        """;

    // 2^-40: a sum of the largest values stays a number, and a power of two changes no digit. The smallest values would become nothing, so they have a sum of their own. (PostgreSQL
    // refuses a sum or a product that is no number any more, and with it the whole answer; its avg() refuses even earlier, at squares.)
    internal const double SumScale = 1.0 / (1L << 40);

    /// <summary>
    /// The buckets of a range, by sensor and then time; the first one begins with the range. One more than <see cref="Limits.BucketItemsMax"/> stands for too many.
    /// </summary>
    public Task<IReadOnlyList<TelemetryBucket>?> ReadBucketsAsync(DeviceId device, long from, long to, long width, string sensor, CancellationToken ct) =>
        ReadAsync<IReadOnlyList<TelemetryBucket>>(
            device,
            async transaction =>
            {
                await using var select = new Statement(transaction, BucketsSql, 7);
                await using var reader = await select.ReadAsync(ct, device, from, to, sensor, width, SumScale, Limits.BucketItemsMax + 1);
                var buckets = new List<TelemetryBucket>();
                while (await reader.ReadAsync(ct))
                {
                    var (count, min, max) = (reader.GetInt64(2), reader.GetDouble(3), reader.GetDouble(4));
                    // Rounding may carry the mean of equal values beyond them.
                    var mean = Math.Clamp((reader.GetDouble(5) / count) + (reader.GetDouble(6) / count / SumScale), min, max);
                    buckets.Add(new TelemetryBucket(reader.GetString(0), reader.GetInt64(1), count, min, max, mean, reader.GetDouble(7), reader.GetInt64(8)));
                }

                // Ordered here: databases order text each by its own rules.
                return [.. buckets.OrderBy(bucket => bucket.Sensor, StringComparer.Ordinal).ThenBy(bucket => bucket.Start)];
            },
            ct);

    private Task<T?> ReadAsync<T>(DeviceId device, Func<DbTransaction, Task<T>> read, CancellationToken ct)
        where T : class =>
        database.ReadStaleAsync(async transaction => await IsSeenAsync(device, transaction, ct) ? await read(transaction) : null, ct);

    private static async Task<bool> IsSeenAsync(DeviceId device, DbTransaction transaction, CancellationToken ct)
    {
        await using var select = new Statement(transaction, SeenSql, 1);
        await using var reader = await select.ReadAsync(ct, device);
        return await reader.ReadAsync(ct);
    }

    private static async Task<List<ReadingView>> ReadReadingsAsync(DbTransaction transaction, string sql, CancellationToken ct, params object?[] values)
    {
        await using var select = new Statement(transaction, sql, values.Length);
        await using var reader = await select.ReadAsync(ct, values);
        var readings = new List<ReadingView>();
        while (await reader.ReadAsync(ct))
        {
            readings.Add(new ReadingView(
                reader.GetString(0),
                reader.GetInt64(1),
                reader.GetInt64(2),
                new Epoch(reader.GetInt64(3)),
                reader.GetInt64(4),
                reader.GetNullableDouble(5),
                reader.GetNullableString(6) is { } payload ? new JsonValue(payload) : null,
                reader.GetNullableString(7)));
        }

        return readings;
    }
}
