using System.Data.Common;
using System.Text;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>The device's side of its configuration: merges what it sends, answers what it does not have.</summary>
internal sealed partial class ConfigExchangeStore(
    ControlPlaneDatabase database, ConfigRuleStore rules, ConfigResolvers resolvers, InstanceName instance, ILogger<ConfigExchangeStore> log)
{
    // A page of values stays below the size of a body, whatever its keys hold.
    private const int PageBytesMax = Limits.BodyBytesMax / 2;

    /// <summary>Merges and answers in one transaction.</summary>
    public async Task<ExchangeOutcome> ExchangeAsync(DeviceId device, ConfigExchange exchange, long now, CancellationToken cancellationToken)
    {
        if (exchange is { Changes: [], Reports: [] } && await database.ReadAsync(transaction => ReadAsync(transaction, device, exchange, now), cancellationToken) is { } read)
        {
            return read;
        }

        var outcome = await database.WriteOnceAsync(transaction => WriteAsync(transaction, device, exchange, now), cancellationToken);
        foreach (var conflict in (outcome as Exchanged)?.Logged ?? [])
        {
            if (conflict.Failure is { } failure)
            {
                LogFallback(device, conflict.Winner.Key, failure);
            }
        }

        return outcome;
    }

    // Null where the device is told of a version that it had not: that is written down.
    private async Task<ExchangeOutcome?> ReadAsync(DbTransaction transaction, DeviceId device, ConfigExchange exchange, long now)
    {
        var head = await ConfigHead.ReadAsync(transaction, device);
        var answer = await AnswerAsync(transaction, device, exchange, head, await rules.ReadAsync(transaction), [], now);
        return head.Told(answer.Version, now) == head ? new Exchanged(answer, 0, []) : null;
    }

    private async Task<Written<ExchangeOutcome>> WriteAsync(DbTransaction transaction, DeviceId device, ConfigExchange exchange, long now)
    {
        var head = await ConfigHead.LockAsync(transaction, device);
        var held = await rules.ReadAsync(transaction);
        var (decisions, errors) = await DecideAsync(transaction, device, exchange.Changes, held, head.Clock, now);
        if (errors.Any)
        {
            return new(new ExchangeRefused(errors), null);
        }

        var logged = new List<ConfigConflict>();
        Func<DbTransaction, Task<bool>>? stands = null;
        foreach (var decision in decisions.Where(decision => decision.IsChange))
        {
            head = head.Next(decision.Result.Entry);
            await ConfigRow.SaveAsync(transaction, device, decision.Result.Entry, head.Version, now);
            var (entry, version) = (decision.Result.Entry, head.Version);
            stands = transaction => ConfigRow.StandsAsync(transaction, device, entry, version);
            if (decision.Result.Conflict is { } conflict && await ConflictStore.LogAsync(transaction, device, conflict, instance.Value, now) > 0)
            {
                logged.Add(conflict);
            }
        }

        foreach (var report in exchange.Reports)
        {
            await ConfigRow.ReportAsync(transaction, device, report, now);
        }

        var answer = await AnswerAsync(transaction, device, exchange, head, held, [.. decisions.Select(decision => decision.Result.Entry)], now);
        await head.Told(answer.Version, now).SaveAsync(transaction, device);
        return new(new Exchanged(answer, decisions.Count(decision => decision.IsChange), logged), stands);
    }

    private const string CountSql = "SELECT COUNT(*) FROM device_configs WHERE device_id = @device";

    private async Task<(List<Decision> Decisions, FieldErrors Errors)> DecideAsync(
        DbTransaction transaction, DeviceId device, IReadOnlyList<ConfigEntry> changes, ConfigRuleSet held, HybridTime clock, long now)
    {
        var errors = new FieldErrors();
        var decisions = new List<Decision>(changes.Count);
        foreach (var (i, sent) in changes.Index())
        {
            var stored = (await ConfigRow.FindAsync(transaction, device, sent.Key))?.ToEntry();
            var result = ConfigDecision.Take(device, stored, sent, held, clock, now, resolvers.ByName);
            clock = HybridTime.Max(clock, result.Entry.Time);
            errors.Add($"changes[{i}].vector", ConfigMessageRules.CheckVector(result.Entry.Vector));
            decisions.Add(new Decision(result, stored is null, result.Entry != stored));
        }

        if (decisions.Any(decision => decision.IsNew))
        {
            var keys = await transaction.ScalarAsync<long>(CountSql, new { device });
            errors.Add("changes", ConfigMessageRules.CheckCount(keys + decisions.Count(decision => decision.IsNew)));
        }

        return (decisions, errors);
    }

    private const string ChangedSql = $"""
        SELECT {ConfigRow.Columns} FROM device_configs WHERE device_id = @device AND version > @after ORDER BY version LIMIT @limit
        """;

    private static async Task<ConfigAnswer> AnswerAsync(
        DbTransaction transaction, DeviceId device, ConfigExchange exchange, ConfigHead head, ConfigRuleSet held, IReadOnlyList<ConfigEntry> sent, long now)
    {
        var knownVersion = exchange.KnownVersion;
        var isSnapshot = knownVersion == 0 || knownVersion > head.Version;
        var version = isSnapshot ? 0 : knownVersion;
        var entries = new List<ConfigEntry>(sent);
        var answered = sent.Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        var rows = await transaction.QueryAsync<ConfigRow>(ChangedSql, new { device, after = version, limit = Limits.ConfigEntriesMax + 1 });
        var taken = 0;
        var bytes = 0;
        foreach (var row in rows.Take(Limits.ConfigEntriesMax).TakeWhile(_ => bytes <= PageBytesMax))
        {
            taken++;
            version = row.Version;
            if (!answered.Contains(row.Key))
            {
                entries.Add(row.ToEntry());
                bytes += Encoding.UTF8.GetByteCount(row.Value ?? "") + row.Vector.Length;
            }
        }

        var more = taken < rows.Count;
        return new ConfigAnswer(
            more ? version : head.Version,
            isSnapshot,
            more,
            entries,
            await HintStore.ReadAsync(transaction, device),
            now,
            exchange.RulesVersion == held.Version ? null : held,
            more ? null : await ConfigRow.HashAsync(transaction, device));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The last writer won a conflict about key {Key} of device {Device}, because the key's rule could not decide: {Failure}")]
    private partial void LogFallback(DeviceId device, string key, string failure);

    private sealed record Decision(ConfigMergeResult Result, bool IsNew, bool IsChange);
}

/// <summary>What became of an exchange.</summary>
internal abstract record ExchangeOutcome;

/// <param name="Answer">For the device.</param>
/// <param name="Writes">Keys that changed here.</param>
/// <param name="Logged">Conflicts that were logged now.</param>
internal sealed record Exchanged(ConfigAnswer Answer, int Writes, IReadOnlyList<ConfigConflict> Logged) : ExchangeOutcome;

internal sealed record ExchangeRefused(FieldErrors Errors) : ExchangeOutcome;
