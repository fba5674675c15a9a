using Dapper;

namespace EdgeSync.EdgeSimulator;

/// <summary>Commands that have not ended.</summary>
internal static class OpenCommands
{
    public static long Count(string connectionString)
    {
        using var connection = ControlPlaneConnection.Open(connectionString);
        return connection.ExecuteScalar<long>("SELECT count(*) FROM commands WHERE state IN ('pending', 'leased', 'delivered')");
    }
}
