namespace EdgeSync.Protocol;

/// <summary>
/// A hybrid logical clock's time (Kulkarni et al., Logical Physical Clocks, 2014): close to wall time, and always after what it has seen.
/// </summary>
/// <param name="Wall">Microseconds since 1970.</param>
/// <param name="Logical">Orders events of the same microsecond, 0 or more.</param>
public readonly record struct HybridTime(long Wall, int Logical) : IComparable<HybridTime>
{
    /// <summary>How far ahead of the receiver's clock a time may lie; what is further ahead is pulled back to it, so that a clock in 2099 does not win for ever.</summary>
    public static readonly TimeSpan ForwardDriftMax = TimeSpan.FromMinutes(1);

    /// <summary>The time of the next local event.</summary>
    /// <param name="last">The last time given or seen.</param>
    /// <param name="now">The wall clock, microseconds since 1970.</param>
    public static HybridTime Next(HybridTime last, long now) =>
        now > last.Wall ? new HybridTime(now, 0) : last with { Logical = last.Logical + 1 };

    /// <summary>This time, or the latest that a clock showing <paramref name="now"/> accepts.</summary>
    public HybridTime Bounded(long now)
    {
        var latest = now + ((long)ForwardDriftMax.TotalMicroseconds);
        return Wall > latest ? new HybridTime(latest, 0) : this;
    }

    /// <summary>The later of two.</summary>
    public static HybridTime Max(HybridTime left, HybridTime right) => left.CompareTo(right) >= 0 ? left : right;

    /// <inheritdoc/>
    public int CompareTo(HybridTime other) => (Wall, Logical).CompareTo((other.Wall, other.Logical));

    /// <summary>Order of time.</summary>
    public static bool operator <(HybridTime left, HybridTime right) => left.CompareTo(right) < 0;

    /// <summary>Order of time.</summary>
    public static bool operator >(HybridTime left, HybridTime right) => left.CompareTo(right) > 0;

    /// <summary>Order of time.</summary>
    public static bool operator <=(HybridTime left, HybridTime right) => left.CompareTo(right) <= 0;

    /// <summary>Order of time.</summary>
    public static bool operator >=(HybridTime left, HybridTime right) => left.CompareTo(right) >= 0;
}
