using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Counts what is still on its way to devices.</summary>
internal sealed class IntentTotalsStore(ControlPlaneDatabase database)
{
    // Two halves, because each has an index of its own that holds nothing else.
    private const string OpenSql = """
        SELECT state AS State, COUNT(*) AS Commands, MIN(created_at) AS OldestAt FROM commands WHERE state IN ('pending', 'leased') GROUP BY state
        UNION ALL
        SELECT state AS State, COUNT(*) AS Commands, MIN(created_at) AS OldestAt FROM commands WHERE state = 'delivered' GROUP BY state
        """;

    private const string LagSql = """
        SELECT COUNT(DISTINCT h.device_id) AS Devices, MIN(c.updated_at) AS OldestAt
        FROM device_config_heads AS h JOIN device_configs AS c ON c.device_id = h.device_id AND c.version > COALESCE(h.device_version, 0)
        WHERE h.version > COALESCE(h.device_version, 0)
        """;

    /// <summary>On a cluster it may be some seconds old.</summary>
    public Task<IntentTotals> ReadAsync(CancellationToken ct) => database.ReadStaleAsync(
        async transaction => new IntentTotals(await transaction.QueryAsync<OpenCommands>(OpenSql), (await transaction.FindAsync<ConfigLag>(LagSql))!), ct);
}
