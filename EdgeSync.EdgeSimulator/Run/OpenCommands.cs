using Dapper;
using Microsoft.Data.Sqlite;

namespace EdgeSync.EdgeSimulator;

/// <summary>Commands that have not ended.</summary>
internal static class OpenCommands
{
    public static int Count(string database)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Pooling = false }.ToString());
        connection.Open();
        return connection.ExecuteScalar<int>("SELECT count(*) FROM commands WHERE state IN ('pending', 'leased', 'delivered')");
    }
}
