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
        INSERT INTO conflict_log (device_id, conflict_id, config_key, winner, loser, rule, rule_version, resolved_at, kept, resolver, decided_by)
        VALUES (@device, @id, @key, @winner, @loser, @rule, @ruleVersion, @now, @kept, @resolver, @decidedBy) ON CONFLICT DO NOTHING
        """;

    /// <summary>Logs a conflict within the transaction that resolves it; 0 when it was logged before.</summary>
    public static Task<int> LogAsync(DbTransaction transaction, DeviceId device, ConfigConflict conflict, string decidedBy, long now) =>
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
            kept = conflict.Kept?.Text,
            resolver = conflict.Resolver,
            decidedBy,
        });

    private const string SelectSql = """
        SELECT device_id AS Device, conflict_id AS Id, winner AS Winner, loser AS Loser, rule AS Rule, rule_version AS RuleVersion, resolved_at AS ResolvedAt, kept AS Kept,
          resolver AS Resolver, decided_by AS DecidedBy, resolution AS Resolution
        FROM conflict_log
        """;

    private const string NewestSql = """
        resolved_at >= @from AND resolved_at < @to AND (@rule = '' OR rule = @rule) AND config_key LIKE @like ESCAPE '!' AND (resolution IS NULL OR NOT @unresolved)
        AND (resolved_at < @time OR (resolved_at = @time AND conflict_id < @id))
        ORDER BY resolved_at DESC, conflict_id DESC LIMIT @limit
        """;

    private const string ListSql = $"{SelectSql} WHERE {NewestSql}";

    private const string ListOfDeviceSql = $"{SelectSql} WHERE device_id = @device AND {NewestSql}";

    /// <summary>The conflicts of a device, or of the fleet, the newest first; those of the last seconds may be missing. A page may be shorter than its limit and have a next one.</summary>
    public Task<Page<ConflictView>> ListAsync(DeviceId? device, ConflictFilter filter, ConflictCursor after, int limit, CancellationToken cancellationToken) =>
        database.ReadStaleAsync(
            async transaction =>
            {
                var rows = await transaction.QueryAsync<ConflictRow>(device is null ? ListSql : ListOfDeviceSql, new
                {
                    device = device ?? default,
                    from = filter.From ?? long.MinValue,
                    to = filter.To ?? long.MaxValue,
                    rule = filter.Rule is { } rule ? Words.Of(rule) : "",
                    like = filter.Like,
                    unresolved = filter.Unresolved,
                    time = after.ResolvedAt,
                    id = after.Id,
                    limit = limit + 1,
                });
                var page = Paging.ToPage(rows, limit, row => row.ToView(), row => new ConflictCursor(row.ResolvedAt, row.Id).ToString());
                return page with { Items = [.. page.Items.Where(conflict => filter.Includes(conflict.Winner.Key))] };
            },
            cancellationToken);

    private const string FindSql = $"{SelectSql} WHERE device_id = @device AND conflict_id = @id";

    /// <summary>A conflict; null for one that is not logged.</summary>
    public Task<ConflictView?> FindAsync(DeviceId device, string id, CancellationToken cancellationToken) =>
        database.ReadAsync(transaction => FindAsync(transaction, device, id), cancellationToken);

    private const string ResolveSql = "UPDATE conflict_log SET resolution = @resolution WHERE device_id = @device AND conflict_id = @id";

    /// <summary>Writes what an operator has decided, to the key and to the log; the log keeps the last decision.</summary>
    public Task<WriteOutcome> ResolveAsync(DeviceId device, string id, ResolveConflict resolve, long now, CancellationToken cancellationToken) =>
        database.WriteOnceAsync<WriteOutcome>(
            async transaction =>
            {
                if (await FindAsync(transaction, device, id) is not { } conflict)
                {
                    return new(new ConflictMissing(), null);
                }

                var key = conflict.Winner.Key;
                var value = resolve.Pick switch
                {
                    ConflictPick.Winner => conflict.Winner.Value,
                    ConflictPick.Loser => conflict.Loser.Value,
                    _ => resolve.Value,
                };
                var written = await ConfigStore.WriteAsync(transaction, device, key, value, resolve.ExpectedVersion, now);
                if (written.Outcome is not (KeyWritten or KeyUnchanged))
                {
                    return written;
                }

                // A deletion of what is deleted already writes nothing, and is decided all the same.
                var write = written.Outcome as KeyWritten;
                var version = write?.View.Version ?? (await ConfigRow.FindAsync(transaction, device, key))!.Version;
                var resolution = new ConflictResolution(version, now, value, resolve.Note);
                await transaction.ExecuteAsync(ResolveSql, new { device, id, resolution = JsonSerializer.Serialize(resolution, ProtocolJson.Default.ConflictResolution) });
                return new(new ConflictResolved(conflict with { Resolution = resolution }, write?.IntentVersion), written.Stands);
            },
            cancellationToken);

    private static async Task<ConflictView?> FindAsync(DbTransaction transaction, DeviceId device, string id) =>
        (await transaction.FindAsync<ConflictRow>(FindSql, new { device, id }))?.ToView();

    private sealed class ConflictRow
    {
        public DeviceId Device { get; init; }

        public string Id { get; init; } = "";

        public string Winner { get; init; } = "";

        public string Loser { get; init; } = "";

        public string Rule { get; init; } = "";

        public int RuleVersion { get; init; }

        public long ResolvedAt { get; init; }

        public string? Kept { get; init; }

        public string? Resolver { get; init; }

        public string? DecidedBy { get; init; }

        public string? Resolution { get; init; }

        public ConflictView ToView()
        {
            var winner = JsonSerializer.Deserialize(Winner, ProtocolJson.Default.ConfigEntry)!;
            return new(
                Id,
                Device,
                winner,
                JsonSerializer.Deserialize(Loser, ProtocolJson.Default.ConfigEntry)!,
                Words.Parse<ConfigRule>(Rule),
                RuleVersion,
                ResolvedAt,
                // Rows that do not say who decided are from before values were made of both.
                DecidedBy is null ? winner.Value : JsonValue.From(Kept),
                Resolver,
                DecidedBy,
                Resolution is null ? null : JsonSerializer.Deserialize(Resolution, ProtocolJson.Default.ConflictResolution));
        }
    }
}

/// <param name="View">The conflict with what was decided.</param>
/// <param name="IntentVersion">The device's; null when nothing was written.</param>
internal sealed record ConflictResolved(ConflictView View, long? IntentVersion) : WriteOutcome;

/// <summary>No such conflict is logged.</summary>
internal sealed record ConflictMissing : WriteOutcome;

/// <summary>A place in the conflict log, written <c>RESOLVED_AT.ID</c>.</summary>
internal readonly record struct ConflictCursor(long ResolvedAt, string Id)
{
    public const string Form = "'after' is the 'next' of the page before.";

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
