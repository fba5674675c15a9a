using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>How long readings were on their way, by the minute of their commit, until it is written down.</summary>
internal sealed class LatencyTally
{
    // While the database is away nothing is committed, so there is little to keep.
    private const int MinutesMax = 60;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, LatencyCounts> _minutes = [];

    /// <summary>Counts a batch.</summary>
    /// <param name="seconds">How long its oldest new reading took.</param>
    /// <param name="at">When it was committed, microseconds since 1970.</param>
    public void Add(double seconds, long at)
    {
        lock (_lock)
        {
            var minute = Minute(at);
            if (!_minutes.TryGetValue(minute, out var counts))
            {
                _minutes[minute] = counts = new LatencyCounts();
                if (_minutes.Count > MinutesMax)
                {
                    _minutes.Remove(_minutes.Keys.First());
                }
            }

            counts.Add(seconds);
        }
    }

    /// <summary>All that was counted in each minute, as it is kept.</summary>
    public IReadOnlyList<MinuteOfLatency> Read()
    {
        lock (_lock)
        {
            return [.. _minutes.Select(minute => new MinuteOfLatency(minute.Key, minute.Value.ToString()))];
        }
    }

    /// <summary>Lets minutes go that are over and written down.</summary>
    /// <param name="now">Microseconds since 1970.</param>
    public void Forget(long now)
    {
        lock (_lock)
        {
            foreach (var minute in _minutes.Keys.Where(minute => minute < Minute(now) - 1).ToList())
            {
                _minutes.Remove(minute);
            }
        }
    }

    private static long Minute(long at) => at / (60 * 1_000_000L);
}

/// <summary>What a process has counted in a minute.</summary>
/// <param name="Minute">Minutes since 1970.</param>
/// <param name="Counts"><see cref="LatencyCounts"/> as text.</param>
internal sealed record MinuteOfLatency(long Minute, string Counts);
