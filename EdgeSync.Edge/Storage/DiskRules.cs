namespace EdgeSync.Edge;

/// <summary>What is written, from what must always find room to what gives way first.</summary>
internal enum WriteClass
{
    /// <summary>The agent's own account: acknowledgements, states, lines of its log.</summary>
    Agent,

    /// <summary>Commands and their results.</summary>
    Commands,

    /// <summary>Configuration.</summary>
    Config,

    /// <summary>Readings of sensors that <see cref="EdgeDeviceOptions.AlarmSensors"/> names.</summary>
    Alarms,

    /// <summary>All other readings.</summary>
    Telemetry,
}

/// <summary>How much of a bounded file each class may fill, as a pure function. Pages of 4 KiB.</summary>
internal static class DiskRules
{
    public const int PageBytes = 4096;

    private const int ReserveShare = 8;
    private const long ReservePagesMin = 32;
    private const long ReservePagesMax = 2_048;

    /// <summary>Pages that the file may have.</summary>
    public static long PagesMax(long bytesMax) => bytesMax / PageBytes;

    /// <summary>Pages that may be in use after a write of this class: an eighth of the file is kept back, and given up from the most important class down to a quarter of it each.</summary>
    public static long PagesMax(WriteClass of, long pagesMax)
    {
        var reserve = Math.Clamp(pagesMax / ReserveShare, ReservePagesMin, ReservePagesMax);
        return pagesMax - (reserve * (int)of / 4);
    }

    /// <summary>Pages to give back to the disk in one step; few free ones are kept, since they are used again at once.</summary>
    /// <param name="pages">Of the file.</param>
    /// <param name="free">Of them free.</param>
    public static long PagesToReclaim(long pages, long free)
    {
        var kept = Math.Max(FreePagesKept, (pages - free) / ReserveShare);
        return free <= kept ? 0 : Math.Min(free - kept, ReclaimPagesMax);
    }

    private const long FreePagesKept = 16;
    private const long ReclaimPagesMax = 512;
}
