using System.Globalization;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// Delays, counted in buckets that are the same everywhere, so that counts of several processes can be added and percentiles told of the sum. A bucket ends a fifth above the one before, from 1 ms to
/// 41 days. Not safe for several threads.
/// </summary>
public sealed class LatencyCounts
{
    private const int BucketsCount = 128;
    private const double LeastSeconds = 0.001;
    private const double BucketsPerDoubling = 4;

    private readonly long[] _counts = new long[BucketsCount];

    /// <summary>Counts one.</summary>
    /// <param name="seconds">How long it took; less than nothing counts as nothing.</param>
    public void Add(double seconds) => _counts[Bucket(seconds)]++;

    /// <summary>Adds what somebody else has counted.</summary>
    public void Add(LatencyCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var bucket = 0; bucket < BucketsCount; bucket++)
        {
            _counts[bucket] += other._counts[bucket];
        }
    }

    /// <summary>The end of the bucket in which so many of a hundred are reached: at most a fifth too high.</summary>
    /// <param name="percent">Above 0, to 100.</param>
    /// <returns>Seconds; null when nothing was counted.</returns>
    public double? Percentile(double percent)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(_counts.Sum() * percent / 100));
        var reached = 0L;
        for (var bucket = 0; bucket < BucketsCount; bucket++)
        {
            reached += _counts[bucket];
            if (reached >= rank)
            {
                return End(bucket);
            }
        }

        return null;
    }

    /// <summary>As it is kept: <c>BUCKET:COUNT</c> of each that has something, with blanks between.</summary>
    public override string ToString() =>
        string.Join(' ', _counts.Index().Where(bucket => bucket.Item > 0).Select(bucket => string.Create(CultureInfo.InvariantCulture, $"{bucket.Index}:{bucket.Item}")));

    /// <summary>Reads what <see cref="ToString"/> has written.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static LatencyCounts Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var counts = new LatencyCounts();
        foreach (var pair in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split(':') is not [var bucket, var count]
                || !int.TryParse(bucket, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= BucketsCount
                || !long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                throw new FormatException($"'{pair}' is not BUCKET:COUNT.");
            }

            counts._counts[index] += number;
        }

        return counts;
    }

    private static int Bucket(double seconds) =>
        seconds <= LeastSeconds ? 0 : (int)Math.Min(BucketsCount - 1, Math.Ceiling(BucketsPerDoubling * Math.Log2(seconds / LeastSeconds)));

    private static double End(int bucket) => LeastSeconds * Math.Pow(2, bucket / BucketsPerDoubling);
}
