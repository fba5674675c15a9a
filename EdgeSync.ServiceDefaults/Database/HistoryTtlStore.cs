using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using Dapper;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// CockroachDB's row-level TTL for history that no ledger counts: finished commands and resolved conflicts. A row whose time is NULL, a command that is not
/// over, never expires. Elsewhere Commands deletes them itself.
/// </summary>
internal static class HistoryTtlStore
{
    private const string CommandsExpiry = "completed_at";
    private const string ConflictsExpiry = "resolved_at";

    private const string DefinitionSql = "SELECT create_statement FROM [SHOW CREATE TABLE commands]";

    /// <summary>Brings both tables' TTL to a retention, or takes it off; nothing where it is so already.</summary>
    public static async Task SetAsync(DbConnection connection, TimeSpan? retention)
    {
        var definition = await connection.ExecuteScalarAsync<string>(DefinitionSql) ?? "";
        if (IsSet(definition, retention))
        {
            return;
        }

        foreach (var statement in Statements(retention))
        {
            await connection.ExecuteAsync(statement);
        }
    }

    /// <summary>Whether a table's definition has this retention. The number stands whole: that of one day is the beginning of that of ten.</summary>
    internal static bool IsSet(string definition, TimeSpan? retention) => retention is { } kept
        ? Regex.IsMatch(definition, $@"(?<!\d){Microseconds(kept)}(?!\d)", RegexOptions.CultureInvariant)
        : !definition.Contains("ttl_expiration_expression", StringComparison.Ordinal);

    /// <summary>One statement a table, each to be run alone. At night, and no faster than 1,000 rows a second on each node.</summary>
    internal static IEnumerable<string> Statements(TimeSpan? retention) => retention is { } kept
        ?
        [
            $"ALTER TABLE conflict_log SET (ttl_expiration_expression = {Expression(ConflictsExpiry, kept)}, ttl_job_cron = '15 3 * * *', ttl_delete_rate_limit = 1000)",
            $"ALTER TABLE commands SET (ttl_expiration_expression = {Expression(CommandsExpiry, kept)}, ttl_job_cron = '45 3 * * *', ttl_delete_rate_limit = 1000)",
        ]
        : ["ALTER TABLE conflict_log RESET (ttl)", "ALTER TABLE commands RESET (ttl)"];

    // An expression of type TIMESTAMPTZ over the row's own columns.
    private static string Expression(string column, TimeSpan retention) => $"'to_timestamp(({column} + {Microseconds(retention)})::FLOAT8 / 1000000)'";

    private static string Microseconds(TimeSpan retention) => ((long)retention.TotalMicroseconds).ToString(CultureInfo.InvariantCulture);
}
