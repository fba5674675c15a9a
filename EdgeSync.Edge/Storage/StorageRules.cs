using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge;

/// <summary>What a failure of the device's files means, as a pure function. Codes are SQLite's (https://www.sqlite.org/rescode.html).</summary>
internal static class StorageRules
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int NotADatabase = 26;

    // SQLITE_IOERR_SHMSIZE: the index of the write-ahead log could not grow, which is how a full disk shows there.
    private const int ShmSize = 10 | (19 << 8);

    // ENOSPC and EDQUOT of Linux, ERROR_DISK_FULL of Windows.
    private static readonly int[] FullResults = [28, 122, unchecked((int)0x80070070)];

    /// <summary>Whether a reason is about the device's files.</summary>
    public static bool IsOfStorage(string reason) =>
        reason is ReasonCodes.DiskFull or ReasonCodes.DatabaseBusy or ReasonCodes.DatabaseCorrupt or ReasonCodes.DeviceStorage;

    /// <summary>A reason code; null for an exception that is not about the device's files.</summary>
    public static string? ReasonOf(Exception exception) => exception switch
    {
        SqliteException e => ReasonOf(e.SqliteErrorCode, e.SqliteExtendedErrorCode),
        DeviceDatabaseException or DeviceIdentityException or UnauthorizedAccessException => ReasonCodes.DeviceStorage,
        IOException e => FullResults.Contains(e.HResult) ? ReasonCodes.DiskFull : ReasonCodes.DeviceStorage,
        _ => null,
    };

    /// <summary>A reason code for SQLite's primary and extended result codes.</summary>
    public static string ReasonOf(int code, int extended) => (code, extended) switch
    {
        (Full, _) or (_, ShmSize) => ReasonCodes.DiskFull,
        (Busy or Locked, _) => ReasonCodes.DatabaseBusy,
        (Corrupt or NotADatabase, _) => ReasonCodes.DatabaseCorrupt,
        _ => ReasonCodes.DeviceStorage,
    };
}
