using System.Data.Common;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Alerts as their evaluation reads and writes them.</summary>
internal sealed class AlertStateStore(ControlPlaneDatabase database)
{
    private const string UnfinishedSql = $"SELECT {AlertRow.Columns} FROM alerts a LEFT JOIN devices d ON d.device_id = a.device_id WHERE a.unfinished = 1";

    private const string GroupsSql = "SELECT rule AS Rule, firing_at AS FiringAt, resolved_at AS ResolvedAt FROM alert_groups";

    /// <summary>What there is.</summary>
    public Task<(IReadOnlyList<AlertRow> Unfinished, IReadOnlyList<AlertGroup> Groups)> ReadAsync(CancellationToken ct) =>
        database.ReadAsync<(IReadOnlyList<AlertRow>, IReadOnlyList<AlertGroup>)>(
            async transaction => (await transaction.QueryAsync<AlertRow>(UnfinishedSql), await transaction.QueryAsync<AlertGroup>(GroupsSql)), ct);

    /// <summary>Writes a plan, whole or not at all; false where another instance evaluates by now, and nothing was written.</summary>
    public Task<bool> SaveAsync(AlertPlan plan, string holder, long now, CancellationToken ct) =>
        database.WriteAsync(
            WriteOnce.Isolation,
            async transaction =>
            {
                if (!await AlertLeaseStore.HoldAsync(transaction, holder))
                {
                    return false;
                }

                await SaveAsync(transaction, plan.Rows);
                await DropAsync(transaction, plan.Dropped);
                await transaction.ExecuteAsync(GroupSql, plan.Groups);
                await AlertNotificationStore.AddAsync(transaction, plan.Notifications, now);
                return true;
            },
            ct);

    /// <summary>Writes alerts that were decided without the database, when it is back.</summary>
    public Task<int> KeepAsync(IReadOnlyList<AlertRow> rows, CancellationToken ct) =>
        database.WriteAsync(WriteOnce.Isolation, async transaction => await SaveAsync(transaction, rows), ct);

    // An operator's word is the operator's to change.
    private const string MergeSql = """
        ON CONFLICT (alert_id) DO UPDATE SET
          kind = excluded.kind, severity = excluded.severity, state = excluded.state, unfinished = excluded.unfinished, summary = excluded.summary, value = excluded.value, threshold = excluded.threshold,
          unit = excluded.unit, firing_at = excluded.firing_at, clear_since = excluded.clear_since, resolved_at = excluded.resolved_at, notified = excluded.notified,
          updated_at = excluded.updated_at
        """;

    private const string ColumnsSql = """
        INSERT INTO alerts (alert_id, rule, kind, severity, device_id, state, unfinished, summary, value, threshold, unit, started_at, firing_at, clear_since, resolved_at, notified, updated_at)
        """;

    private const string RowSql = $"""
        {ColumnsSql}
        VALUES (@Id, @Rule, @Kind, @Severity, @Device, @State, @IsUnfinished, @Summary, @Value, @Threshold, @Unit, @StartedAt, @FiringAt, @ClearSince, @ResolvedAt, @Notified, @UpdatedAt)
        {MergeSql}
        """;

    private const string RowsSql = $"""
        {ColumnsSql}
        SELECT * FROM unnest(@ids, @rules, @kinds, @severities, @devices, @states, @unfinished, @summaries, @values, @thresholds, @units, @startedAt, @firingAt, @clearSince, @resolvedAt, @notified, @updatedAt)
        {MergeSql}
        """;

    private static Task<int> SaveAsync(DbTransaction transaction, IReadOnlyList<AlertRow> rows)
    {
        if (rows.Count == 0)
        {
            return Task.FromResult(0);
        }

        if (transaction.IsEmbedded())
        {
            return transaction.ExecuteAsync(RowSql, rows.Select(row => new
            {
                row.Id, row.Rule, row.Kind, row.Severity, row.Device, row.State, IsUnfinished = row.IsUnfinished ? 1L : 0L, row.Summary, row.Value, row.Threshold, row.Unit,
                row.StartedAt, row.FiringAt, row.ClearSince, row.ResolvedAt, row.Notified, row.UpdatedAt,
            }));
        }

        return transaction.ExecuteAsync(RowsSql, new
        {
            ids = Column(row => row.Id),
            rules = Column(row => row.Rule),
            kinds = Column(row => row.Kind),
            severities = Column(row => row.Severity),
            devices = Column(row => row.Device.Value),
            states = Column(row => row.State),
            unfinished = Column(row => row.IsUnfinished ? 1L : 0L),
            summaries = Column(row => row.Summary),
            values = Column(row => row.Value),
            thresholds = Column(row => row.Threshold),
            units = Column(row => row.Unit),
            startedAt = Column(row => row.StartedAt),
            firingAt = Column(row => row.FiringAt),
            clearSince = Column(row => row.ClearSince),
            resolvedAt = Column(row => row.ResolvedAt),
            notified = Column(row => row.Notified),
            updatedAt = Column(row => row.UpdatedAt),
        });

        T[] Column<T>(Func<AlertRow, T> of) => [.. rows.Select(of)];
    }

    private const string DropRowSql = "DELETE FROM alerts WHERE alert_id = @Id";

    private const string DropSql = "DELETE FROM alerts WHERE alert_id = ANY(@ids)";

    private static Task<int> DropAsync(DbTransaction transaction, IReadOnlyList<AlertRow> rows) =>
        rows.Count == 0 ? Task.FromResult(0)
        : transaction.IsEmbedded() ? transaction.ExecuteAsync(DropRowSql, rows.Select(row => new { row.Id }))
        : transaction.ExecuteAsync(DropSql, new { ids = rows.Select(row => row.Id).ToArray() });

    private const string GroupSql = """
        INSERT INTO alert_groups (rule, firing_at, resolved_at) VALUES (@Rule, @FiringAt, @ResolvedAt)
        ON CONFLICT (rule) DO UPDATE SET firing_at = excluded.firing_at, resolved_at = excluded.resolved_at
        """;
}
