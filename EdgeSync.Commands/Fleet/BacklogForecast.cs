using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>What comes of a backlog if it goes on as lately: a straight line from a measurement some minutes ago to the newest. Pure; times are microseconds since 1970.</summary>
internal static class BacklogForecast
{
    /// <summary>How far back a line begins: long enough that a batch more or less does not turn it.</summary>
    public const long Window = 15L * 60 * 1_000_000;

    /// <summary>A line over less says nothing.</summary>
    private const long WindowMin = 60L * 1_000_000;

    // What lies further ahead is no forecast.
    private const long AheadMax = 365L * 24 * 60 * 60 * 1_000_000;

    /// <summary>When a quantity that falls will be 0; null while it does not fall, and where there is nothing.</summary>
    /// <param name="samples">The quantity at some times, the oldest first.</param>
    public static long? EmptyAt(IEnumerable<(long At, long Quantity)> samples) => ReachedAt([.. samples], target: 0);

    /// <summary>When a quantity that grows will be at its limit; null while it does not grow.</summary>
    public static long? FullAt(IEnumerable<(long At, long Quantity)> samples, long limit) => ReachedAt([.. samples], limit);

    /// <summary>The earlier of the file's and the disk's end; null where neither is told or nears it.</summary>
    public static long? FullAt(IReadOnlyList<DeviceSample> samples, long? databaseBytesMax)
    {
        var file = databaseBytesMax is { } limit
            ? FullAt(samples.Where(sample => sample.DatabaseBytes is not null).Select(sample => (sample.At, sample.DatabaseBytes!.Value)), limit)
            : null;
        var disk = EmptyAt(samples.Where(sample => sample.DiskFreeBytes is not null).Select(sample => (sample.At, sample.DiskFreeBytes!.Value)));
        return file is null || disk < file ? disk : file;
    }

    private static long? ReachedAt(List<(long At, long Quantity)> samples, long target)
    {
        if (samples.Count < 2)
        {
            return null;
        }

        var last = samples[^1];
        var first = samples.Find(sample => sample.At >= last.At - Window);
        var (elapsed, moved, left) = (last.At - first.At, last.Quantity - first.Quantity, target - last.Quantity);
        if (elapsed < WindowMin || left == 0 || moved == 0 || Math.Sign(moved) != Math.Sign(left))
        {
            return null;
        }

        var ahead = (double)elapsed * left / moved;
        return ahead <= AheadMax ? last.At + (long)ahead : null;
    }
}
