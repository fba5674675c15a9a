using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Rules that operators have set.</summary>
internal sealed class AlertRuleStore(ControlPlaneDatabase database)
{
    private const string SelectSql = "SELECT name AS Name, rule AS Rule, updated_at AS UpdatedAt FROM alert_rules";

    private const string ListSql = $"{SelectSql} ORDER BY name";

    public Task<IReadOnlyList<AlertRuleView>> ReadAsync(CancellationToken ct) => database.ReadAsync<IReadOnlyList<AlertRuleView>>(
        async transaction => [.. (await transaction.QueryAsync<RuleRow>(ListSql)).Select(row => row.ToView())], ct);

    private const string CountSql = "SELECT COUNT(*) FROM alert_rules WHERE name <> @Name";

    private const string SetSql = """
        INSERT INTO alert_rules (name, rule, updated_at) VALUES (@Name, @text, @now)
        ON CONFLICT (name) DO UPDATE SET rule = excluded.rule, updated_at = excluded.updated_at
        """;

    /// <summary>Sets a rule; null where there are as many as there may be.</summary>
    public Task<AlertRuleView?> SetAsync(AlertRule rule, long now, CancellationToken ct)
    {
        var text = JsonSerializer.Serialize(rule, ProtocolJson.Default.AlertRule);
        return database.WriteAsync<AlertRuleView?>(
            WriteOnce.Isolation,
            async transaction =>
            {
                if (await transaction.ScalarAsync<long>(CountSql, new { rule.Name }) >= Limits.AlertRulesMax)
                {
                    return null;
                }

                await transaction.ExecuteAsync(SetSql, new { rule.Name, text, now });
                return AlertRuleBook.View(rule, AlertRuleSource.Operator, now);
            },
            ct);
    }

    private const string DeleteSql = "DELETE FROM alert_rules WHERE name = @name";

    private const string FindSql = $"{SelectSql} WHERE name = @name";

    /// <summary>Takes back what operators have set; false where they have set nothing under this name.</summary>
    public Task<bool> DeleteAsync(string name, CancellationToken ct) => database.WriteOnceAsync<bool>(
        async transaction =>
        {
            var existed = await transaction.ExecuteAsync(DeleteSql, new { name }) == 1;
            return new(existed, existed ? async transaction => await transaction.FindAsync<RuleRow>(FindSql, new { name }) is null : null);
        },
        ct);

    private sealed class RuleRow
    {
        public string Name { get; init; } = "";

        public string Rule { get; init; } = "";

        public long UpdatedAt { get; init; }

        public AlertRuleView ToView() => AlertRuleBook.View(JsonSerializer.Deserialize(Rule, ProtocolJson.Default.AlertRule)!, AlertRuleSource.Operator, UpdatedAt);
    }
}
