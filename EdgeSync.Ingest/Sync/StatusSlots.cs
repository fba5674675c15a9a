namespace EdgeSync.Ingest;

/// <summary>Which row of a device's history a moment is: every five minutes one, for six hours. The rows are a ring, so no more than <see cref="Count"/> are ever kept. Pure.</summary>
internal static class StatusSlots
{
    public const int Count = 72;

    /// <summary>Microseconds that a row stands for.</summary>
    public const long Length = 5L * 60 * 1_000_000;

    /// <param name="at">Microseconds since 1970.</param>
    public static long Of(long at) => at / Length % Count;
}
