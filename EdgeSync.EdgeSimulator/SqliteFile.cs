using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EdgeSync.EdgeSimulator;

/// <summary>A connection to a SQLite file that is there, outside any pool, so that closing it lets go of the file.</summary>
internal static class SqliteFile
{
    // SQLITE_CONFIG_MEMSTATUS (https://www.sqlite.org/c3ref/c_config_covering_index_scan.html).
    private const int MemoryStatistics = 9;

    /// <summary>Before SQLite is used: it otherwise counts every allocation of all files under one lock, which the threads of a fleet wait for.</summary>
    public static void CountNoMemory()
    {
        Batteries_V2.Init();
        raw.sqlite3_config(MemoryStatistics, 0);
    }

    /// <summary>Opens it to write too: a file whose process was killed has a log to recover.</summary>
    /// <exception cref="SqliteException">There is none, or it is no database.</exception>
    public static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadWrite }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
