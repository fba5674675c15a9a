using EdgeSync.Protocol;

namespace EdgeSync.ServiceDefaults;

/// <summary>What was read last for those who collect, as long as it says something of now: better a hole in the picture than a line that stands still. Safe for several threads.</summary>
/// <param name="interval">How often it is read.</param>
/// <param name="time">What its age is told by.</param>
public sealed class LastRead<T>(TimeSpan interval, TimeProvider time)
    where T : class
{
    private const int IntervalsMax = 4;

    private volatile Entry? _entry;

    /// <summary>What was read; null where nothing was, or not lately.</summary>
    public T? Value => _entry is { } entry && time.GetMicroseconds() - entry.At <= IntervalsMax * interval.TotalMicroseconds ? entry.Value : null;

    /// <summary>Takes what was read.</summary>
    /// <param name="value">What it is.</param>
    /// <param name="at">When, microseconds since 1970.</param>
    public void Set(T value, long at) => _entry = new Entry(value, at);

    private sealed record Entry(T Value, long At);
}
