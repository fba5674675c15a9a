using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Which alerts are meant; null restricts nothing.</summary>
internal sealed record AlertFilter(AlertState? State, AlertSeverity? Severity, string? Rule, DeviceId? Device);

/// <summary>Alerts as operators see them.</summary>
internal sealed class AlertStore(ControlPlaneDatabase database)
{
    private const string SelectSql = $"SELECT {AlertRow.Columns} FROM alerts a LEFT JOIN devices d ON d.device_id = a.device_id";

    private const string FilterSql = """
        a.alert_id < @after AND (@state = '' OR a.state = @state) AND (@severity = '' OR a.severity = @severity) AND (@rule = '' OR a.rule = @rule)
        """;

    private const string OrderSql = "ORDER BY a.alert_id DESC LIMIT @limit";

    private const string ListSql = $"{SelectSql} WHERE {FilterSql} {OrderSql}";

    private const string ListOfDeviceSql = $"{SelectSql} WHERE a.device_id = @device AND {FilterSql} {OrderSql}";

    /// <summary>The newest first.</summary>
    public Task<Page<AlertView>> ListAsync(AlertFilter filter, string? after, int limit, long now, CancellationToken ct) =>
        database.ReadAsync(
            async transaction =>
            {
                var rows = await transaction.QueryAsync<AlertRow>(filter.Device is null ? ListSql : ListOfDeviceSql, new
                {
                    device = filter.Device ?? default,
                    after = after ?? AlertIds.Last,
                    state = filter.State is { } state ? Words.Of(state) : "",
                    severity = filter.Severity is { } severity ? Words.Of(severity) : "",
                    rule = filter.Rule ?? "",
                    limit = limit + 1,
                });
                var silencing = await AlertSilenceStore.ReadAsync(transaction, now);
                return Paging.ToPage(rows, limit, row => View(row, silencing), row => row.Id);
            },
            ct);

    private const string FindSql = $"{SelectSql} WHERE a.alert_id = @id";

    public Task<AlertView?> FindAsync(string id, long now, CancellationToken ct) =>
        database.ReadAsync(
            async transaction => await transaction.FindAsync<AlertRow>(FindSql, new { id }) is { } row ? View(row, await AlertSilenceStore.ReadAsync(transaction, now)) : null, ct);

    private const string AcknowledgeSql = "UPDATE alerts SET acknowledged_at = @now, acknowledged_note = @note WHERE alert_id = @id";

    /// <summary>An operator takes note of it; a later note takes the place of the one before. Null for an alert that does not exist.</summary>
    public Task<AlertView?> AcknowledgeAsync(string id, string note, long now, CancellationToken ct) =>
        database.WriteAsync<AlertView?>(
            WriteOnce.Isolation,
            async transaction => await transaction.ExecuteAsync(AcknowledgeSql, new { id, note, now }) == 1 && await transaction.FindAsync<AlertRow>(FindSql, new { id }) is { } row
                ? View(row, await AlertSilenceStore.ReadAsync(transaction, now))
                : null,
            ct);

    private static AlertView View(AlertRow row, AlertSilencing silencing) => row.ToView(row.State != AlertRow.Resolved && silencing.Holds(row));
}
