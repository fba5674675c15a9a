namespace EdgeSync.Protocol;

/// <summary>Times on the wire and in every database are microseconds since 1970-01-01T00:00:00Z; what lies below a microsecond is cut off.</summary>
public static class Microseconds
{
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMicrosecond;

    /// <summary>Microseconds since 1970-01-01T00:00:00Z.</summary>
    public static long From(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks - Floor(time.UtcTicks)) / TicksPerMicrosecond;

    /// <summary>The time that a number of microseconds stands for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside <see cref="Limits.RecordedAtMin"/> and <see cref="Limits.RecordedAtMax"/>.</exception>
    public static DateTimeOffset ToTime(long microseconds) => IsRepresentable(microseconds)
        ? DateTimeOffset.UnixEpoch.AddTicks(microseconds * TicksPerMicrosecond)
        : throw new ArgumentOutOfRangeException(nameof(microseconds), microseconds, "The time lies outside the years 1 to 9999.");

    /// <summary>Whether the time lies in the years 1 to 9999.</summary>
    public static bool IsRepresentable(long microseconds) => microseconds is >= Limits.RecordedAtMin and <= Limits.RecordedAtMax;

    /// <summary>Now, by this clock.</summary>
    public static long GetMicroseconds(this TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return From(time.GetUtcNow());
    }

    private static long Floor(long ticks) => ticks % TicksPerMicrosecond;
}
