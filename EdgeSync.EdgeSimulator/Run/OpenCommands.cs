using Dapper;

namespace EdgeSync.EdgeSimulator;

/// <summary>Commands that have not ended.</summary>
internal static class OpenCommands
{
    public static int Count(string database)
    {
        using var connection = SqliteFile.Open(database);
        return connection.ExecuteScalar<int>("SELECT count(*) FROM commands WHERE state IN ('pending', 'leased', 'delivered')");
    }
}
