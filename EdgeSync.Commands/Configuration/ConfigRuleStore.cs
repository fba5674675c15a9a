using System.Data.Common;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>The fleet's rules for concurrent writes, every version that there was; the highest holds.</summary>
internal sealed class ConfigRuleStore(ControlPlaneDatabase database)
{
    private RuleRow? _latest;

    private const string LatestSql = "SELECT version AS Version, set_at AS SetAt FROM config_rules ORDER BY version DESC LIMIT 1";

    private const string FindSql = "SELECT version AS Version, patterns AS Patterns, set_at AS SetAt, note AS Note FROM config_rules WHERE version = @version";

    /// <summary>The rules that hold for this transaction.</summary>
    public async Task<ConfigRuleSet> ReadAsync(DbTransaction transaction) => (await LatestAsync(transaction))?.Rules ?? ConfigRuleSet.Default;

    /// <summary>A version of the rules, or the one that holds; null for one that there never was.</summary>
    public Task<ConfigRulesView?> FindAsync(int? version, CancellationToken cancellationToken) => database.ReadAsync(
        async transaction => (version is { } wanted ? await transaction.FindAsync<RuleRow>(FindSql, new { version = wanted }) : await LatestAsync(transaction))?.ToView(),
        cancellationToken);

    /// <summary>Sets the fleet's rules, as a version of its own unless they are as they were.</summary>
    public Task<RulesOutcome> WriteAsync(IReadOnlyList<ConfigRulePattern> patterns, int? expectedVersion, string? note, long now, CancellationToken cancellationToken) =>
        database.WriteOnceAsync<RulesOutcome>(
            async transaction =>
            {
                var latest = await LatestAsync(transaction);
                var version = latest?.Rules.Version ?? 0;
                if (expectedVersion is { } expected && expected != version)
                {
                    return new(new RulesVersionTaken(version), null);
                }

                if (latest is not null && latest.Rules.Patterns.SequenceEqual(patterns))
                {
                    return new(new RulesSet(latest.ToView()), null);
                }

                var set = new ConfigRulesView(new ConfigRuleSet(version + 1, patterns), now, note);
                return await InsertAsync(transaction, set) == 1
                    ? new(new RulesSet(set), transaction => StandsAsync(transaction, set))
                    : new(new RulesVersionTaken(version + 1), null);
            },
            cancellationToken);

    /// <summary>Sets rules of the settings where the fleet has none of their version or a higher one.</summary>
    /// <returns>The rules that hold.</returns>
    public Task<ConfigRuleSet> OfferAsync(ConfigRuleSet rules, long now, CancellationToken cancellationToken) => database.WriteOnceAsync<ConfigRuleSet>(
        async transaction =>
        {
            var set = new ConfigRulesView(rules, now, "from settings");
            return await LatestAsync(transaction) is { } latest && latest.Rules.Version >= rules.Version ? new(latest.Rules, null)
                : await InsertAsync(transaction, set) == 1 ? new(rules, transaction => StandsAsync(transaction, set))
                : new(await ReadAsync(transaction), null);
        },
        cancellationToken);

    // By both numbers: a database that was restored may have other rules under a version that was seen.
    private async Task<RuleRow?> LatestAsync(DbTransaction transaction)
    {
        if (await transaction.FindAsync<RuleRow>(LatestSql) is not { } latest)
        {
            return null;
        }

        var known = Volatile.Read(ref _latest);
        if (known is null || known.Version != latest.Version || known.SetAt != latest.SetAt)
        {
            known = await transaction.FindAsync<RuleRow>(FindSql, new { version = latest.Version });
            Volatile.Write(ref _latest, known);
        }

        return known;
    }

    private const string InsertSql =
        "INSERT INTO config_rules (version, patterns, set_at, note) VALUES (@version, @patterns, @now, @note) ON CONFLICT (version) DO NOTHING";

    private static Task<int> InsertAsync(DbTransaction transaction, ConfigRulesView set) => transaction.ExecuteAsync(InsertSql, new
    {
        version = (long)set.Rules.Version,
        patterns = JsonSerializer.Serialize(set.Rules.Patterns, ProtocolJson.Default.IReadOnlyListConfigRulePattern),
        now = set.SetAt,
        note = set.Note,
    });

    private static async Task<bool> StandsAsync(DbTransaction transaction, ConfigRulesView set) =>
        await transaction.FindAsync<RuleRow>(FindSql, new { version = (long)set.Rules.Version }) is { } row
        && row.SetAt == set.SetAt && row.Note == set.Note && row.Rules.Patterns.SequenceEqual(set.Rules.Patterns);

    private sealed class RuleRow
    {
        private ConfigRuleSet? _rules;

        public long Version { get; init; }

        public string Patterns { get; init; } = "[]";

        public long SetAt { get; init; }

        public string? Note { get; init; }

        public ConfigRuleSet Rules => _rules ??= new((int)Version, JsonSerializer.Deserialize(Patterns, ProtocolJson.Default.IReadOnlyListConfigRulePattern)!);

        public ConfigRulesView ToView() => new(Rules, SetAt, Note);
    }
}

/// <summary>What became of an operator's rules.</summary>
internal abstract record RulesOutcome;

internal sealed record RulesSet(ConfigRulesView View) : RulesOutcome;

/// <summary>The rules have another version than the writer saw.</summary>
internal sealed record RulesVersionTaken(int Version) : RulesOutcome;
