using Microsoft.Data.Sqlite;

namespace EdgeSync.EdgeSimulator;

/// <summary>What SQLite says of a bad disk.</summary>
internal enum DiskFault
{
    None,

    /// <summary>SQLITE_FULL, where something is written.</summary>
    Full,

    /// <summary>SQLITE_BUSY, where a transaction begins.</summary>
    Busy,

    /// <summary>SQLITE_IOERR, anywhere.</summary>
    Broken,
}

/// <summary>Where a device's statements fail under a fault. Pure.</summary>
internal static class DiskFaultRules
{
    private const int BusyCode = 5;
    private const int InputOutputCode = 10;
    private const int FullCode = 13;
    private static readonly string[] Writing = ["INSERT", "UPDATE", "DELETE", "COMMIT"];

    /// <summary>Whether the statement changes rows of the table.</summary>
    public static bool IsUpdateOf(string sql, string table) => sql.StartsWith("UPDATE", StringComparison.Ordinal) && sql.Contains(table, StringComparison.Ordinal);

    /// <summary>What the statement throws in place of running; null where it runs.</summary>
    public static SqliteException? Before(DiskFault fault, string sql) => fault switch
    {
        DiskFault.Full when Array.Exists(Writing, verb => sql.TrimStart().StartsWith(verb, StringComparison.Ordinal)) => new SqliteException("database or disk is full", FullCode),
        DiskFault.Busy when sql.StartsWith("BEGIN", StringComparison.Ordinal) => new SqliteException("database is locked", BusyCode),
        DiskFault.Broken when sql != "ROLLBACK" => new SqliteException("disk I/O error", InputOutputCode),
        _ => null,
    };
}
