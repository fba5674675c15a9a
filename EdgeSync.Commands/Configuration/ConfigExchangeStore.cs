using System.Data.Common;
using System.Text;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>The device's side of its configuration: merges what it sends, answers what it does not have.</summary>
internal sealed class ConfigExchangeStore(ControlPlaneDatabase database, ConfigRuleSet rules)
{
    // A page of values stays below the size of a body, whatever its keys hold.
    private const int PageBytesMax = Limits.BodyBytesMax / 2;

    private const int ReportReasonCharsMax = 1_024;

    /// <summary>Merges and answers in one transaction.</summary>
    public async Task<ExchangeOutcome> ExchangeAsync(DeviceId device, ConfigExchange exchange, long now, CancellationToken cancellationToken) =>
        (exchange is { Changes: [], Reports: [] } ? await database.ReadAsync(transaction => ReadAsync(transaction, device, exchange, now), cancellationToken) : null)
            ?? await database.WriteOnceAsync(transaction => ExchangeAsync(transaction, device, exchange, now), cancellationToken);

    // Null where the device is told of a version that it had not: that is written down.
    private async Task<ExchangeOutcome?> ReadAsync(DbTransaction transaction, DeviceId device, ConfigExchange exchange, long now)
    {
        var head = await ConfigHead.ReadAsync(transaction, device);
        var answer = await AnswerAsync(transaction, device, exchange.KnownVersion, head, [], now);
        return head.Told(answer.Version, now) == head ? new Exchanged(answer, 0, 0) : null;
    }

    private async Task<Written<ExchangeOutcome>> ExchangeAsync(DbTransaction transaction, DeviceId device, ConfigExchange exchange, long now)
    {
        var head = await ConfigHead.LockAsync(transaction, device);
        var (decisions, errors) = await DecideAsync(transaction, device, exchange.Changes, head.Clock, now);
        if (errors.Any)
        {
            return new(new ExchangeRefused(errors), null);
        }

        var conflicts = 0;
        Func<DbTransaction, Task<bool>>? stands = null;
        foreach (var decision in decisions.Where(decision => decision.IsChange))
        {
            head = head.Next(decision.Result.Entry);
            await ConfigRow.SaveAsync(transaction, device, decision.Result.Entry, head.Version, now);
            var (entry, version) = (decision.Result.Entry, head.Version);
            stands = transaction => ConfigRow.StandsAsync(transaction, device, entry, version);
            conflicts += decision.Result.Conflict is { } conflict ? await ConflictStore.LogAsync(transaction, device, conflict, now) : 0;
        }

        foreach (var report in exchange.Reports)
        {
            await ConfigRow.ReportAsync(transaction, device, report, ReportReasonCharsMax, now);
        }

        var answer = await AnswerAsync(transaction, device, exchange.KnownVersion, head, [.. decisions.Select(decision => decision.Result.Entry)], now);
        await head.Told(answer.Version, now).SaveAsync(transaction, device);
        return new(new Exchanged(answer, decisions.Count(decision => decision.IsChange), conflicts), stands);
    }

    private const string CountSql = "SELECT COUNT(*) FROM device_configs WHERE device_id = @device";

    private async Task<(List<Decision> Decisions, FieldErrors Errors)> DecideAsync(
        DbTransaction transaction, DeviceId device, IReadOnlyList<ConfigEntry> changes, HybridTime clock, long now)
    {
        var errors = new FieldErrors();
        var decisions = new List<Decision>(changes.Count);
        foreach (var (i, sent) in changes.Index())
        {
            var stored = (await ConfigRow.FindAsync(transaction, device, sent.Key))?.ToEntry();
            var result = ConfigDecision.Take(device, stored, sent, rules, clock, now);
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

    private async Task<ConfigAnswer> AnswerAsync(
        DbTransaction transaction, DeviceId device, long knownVersion, ConfigHead head, IReadOnlyList<ConfigEntry> sent, long now)
    {
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
            rules,
            await HintStore.ReadAsync(transaction, device),
            now,
            more ? null : await ConfigRow.HashAsync(transaction, device));
    }

    private sealed record Decision(ConfigMergeResult Result, bool IsNew, bool IsChange);
}

/// <summary>What became of an exchange.</summary>
internal abstract record ExchangeOutcome;

/// <param name="Answer">For the device.</param>
/// <param name="Writes">Keys that changed here.</param>
/// <param name="Conflicts">Conflicts that were logged now.</param>
internal sealed record Exchanged(ConfigAnswer Answer, int Writes, int Conflicts) : ExchangeOutcome;

internal sealed record ExchangeRefused(FieldErrors Errors) : ExchangeOutcome;
