using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Resolved conflicts, each once: its id is a hash of device, key and both vectors.</summary>
internal sealed class ConflictStore(ControlPlaneDatabase database)
{
    private const string LogSql = """
        INSERT INTO conflict_log (device_id, conflict_id, config_key, winner, loser, rule, rule_version, resolved_at)
        VALUES (@device, @id, @key, @winner, @loser, @rule, @ruleVersion, @now) ON CONFLICT DO NOTHING
        """;

    /// <summary>Logs a conflict within the transaction that resolves it; 0 when it was logged before.</summary>
    public static Task<int> LogAsync(DbTransaction transaction, DeviceId device, ConfigConflict conflict, long now) =>
        transaction.ExecuteAsync(LogSql, new
        {
            device,
            id = conflict.Id,
            key = conflict.Winner.Key,
            winner = JsonSerializer.Serialize(conflict.Winner, ProtocolJson.Default.ConfigEntry),
            loser = JsonSerializer.Serialize(conflict.Loser, ProtocolJson.Default.ConfigEntry),
            rule = Words.Of(conflict.Rule),
            ruleVersion = conflict.RuleVersion,
            now,
        });

    private const string ListSql = """
        SELECT conflict_id AS Id, winner AS Winner, loser AS Loser, rule AS Rule, rule_version AS RuleVersion, resolved_at AS ResolvedAt FROM conflict_log
        WHERE device_id = @device AND (resolved_at < @time OR (resolved_at = @time AND conflict_id < @id))
        ORDER BY resolved_at DESC, conflict_id DESC LIMIT @limit
        """;

    /// <summary>A device's conflicts, the newest first; those of the last seconds may be missing.</summary>
    public Task<Page<ConflictView>> ListAsync(DeviceId device, ConflictCursor after, int limit, CancellationToken cancellationToken) =>
        database.ReadStaleAsync(
            async transaction => Paging.ToPage(
                await transaction.QueryAsync<ConflictRow>(ListSql, new { device, time = after.ResolvedAt, id = after.Id, limit = limit + 1 }),
                limit,
                row => row.ToView(device),
                row => new ConflictCursor(row.ResolvedAt, row.Id).ToString()),
            cancellationToken);

    private sealed record ConflictRow(string Id, string Winner, string Loser, string Rule, long RuleVersion, long ResolvedAt)
    {
        public ConflictView ToView(DeviceId device) => new(
            Id,
            device,
            JsonSerializer.Deserialize(Winner, ProtocolJson.Default.ConfigEntry)!,
            JsonSerializer.Deserialize(Loser, ProtocolJson.Default.ConfigEntry)!,
            Words.Parse<ConfigRule>(Rule),
            (int)RuleVersion,
            ResolvedAt);
    }
}

/// <summary>A place in the conflict log, written <c>RESOLVED_AT.ID</c>.</summary>
internal readonly record struct ConflictCursor(long ResolvedAt, string Id)
{
    public static readonly ConflictCursor Newest = new(long.MaxValue, "");

    public static bool TryParse(string? text, out ConflictCursor cursor)
    {
        cursor = Newest;
        if (text?.Split('.') is not [var time, { Length: 32 } id]
            || !long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var resolvedAt)
            || !id.All(char.IsAsciiHexDigitLower))
        {
            return false;
        }

        cursor = new ConflictCursor(resolvedAt, id);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ResolvedAt}.{Id}");
}
