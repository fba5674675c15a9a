using System.Text.Json;
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
    private const int IoError = 10;
    private const int Constraint = 19;
    private const int Mismatch = 20;
    private const int Error = 1;

    // SQLITE_IOERR_SHMSIZE: the index of the write-ahead log could not grow, which is how a full disk shows there.
    private const int ShmSize = IoError | (19 << 8);

    // ENOSPC and EDQUOT of Linux, ERROR_DISK_FULL of Windows.
    private static readonly int[] FullResults = [28, 122, unchecked((int)0x80070070)];

    /// <summary>What was read cannot be what the program has written.</summary>
    public static SqliteException Damage(string what) => new($"The device's file is damaged: {what}.", Corrupt);

    /// <summary>Whether what was read is damaged, or cannot be read; a damaged schema lacks tables and columns.</summary>
    public static bool IsDamage(SqliteException exception) =>
        exception.SqliteExtendedErrorCode != ShmSize && exception.SqliteErrorCode is Corrupt or NotADatabase or IoError or Error;

    /// <summary>Whether a value that was read is none that the program has written.</summary>
    public static bool IsUnintelligible(Exception exception) => exception is FormatException or JsonException or InvalidCastException;

    /// <summary>Whether a row's own values do not fit their columns.</summary>
    public static bool IsOfOneRow(SqliteException exception) => exception.SqliteErrorCode is Constraint or Mismatch;

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
