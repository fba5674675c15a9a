using Microsoft.Data.Sqlite;

namespace EdgeSync.EdgeSimulator;

/// <summary>A connection to a SQLite file that is there, outside any pool, so that closing it lets go of the file.</summary>
internal static class SqliteFile
{
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
