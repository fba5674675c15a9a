using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>A configuration document as the control plane keeps it.</summary>
internal sealed class ConfigDouble(DeviceId device)
{
    /// <summary>The control plane's clock, microseconds since 1970.</summary>
    public Func<long> ServerTime { get; set; } = static () => 0;

    public Dictionary<string, ConfigResolver> Resolvers { get; } = [];

    private readonly SortedDictionary<string, (ConfigEntry Entry, long Version)> _entries = new(StringComparer.Ordinal);
    private long _version;

    public ConfigRuleSet Rules { get; set; } = ConfigRuleSet.Default;

    public int PageSize { get; set; } = 100;

    public List<ConfigExchange> Exchanges { get; } = [];

    public List<ConfigReport> Reports { get; } = [];

    public List<ConfigConflict> Conflicts { get; } = [];

    public bool ForcesSnapshot { get; set; }

    /// <summary>Says another hash than the document's.</summary>
    public bool HasWrongHash { get; set; }

    public int Snapshots { get; private set; }

    public ConfigEntry this[string key] => _entries[key].Entry;

    public void Set(string key, string? value, long wall = 1, ConfigHealth? health = null)
    {
        var vector = (_entries.TryGetValue(key, out var existing) ? existing.Entry.Vector : VersionVector.Empty).Increment(ConfigWriters.Cloud);
        _entries[key] = (new ConfigEntry(key, vector, new HybridTime(wall, 0), ConfigWriters.Cloud, 0, value is null ? null : new JsonValue(value), Health: health), ++_version);
    }

    public void Forget(string key) => _entries.Remove(key);

    public bool Has(string key) => _entries.ContainsKey(key);

    public ConfigAnswer Exchange(ConfigExchange exchange, long intentVersion)
    {
        Exchanges.Add(exchange);
        Reports.AddRange(exchange.Reports);
        foreach (var change in exchange.Changes)
        {
            var merged = _entries.TryGetValue(change.Key, out var ours) ? ConfigMerge.Merge(device, ours.Entry, change with { Time = change.Time.Bounded(ServerTime()) }, Rules, Resolvers) : new ConfigMergeResult(change with { Base = null }, null);
            _entries[change.Key] = (merged.Entry, ++_version);
            Conflicts.AddRange(merged.Conflict is { } conflict ? [conflict] : []);
        }

        var isSnapshot = exchange.KnownVersion == 0 || ForcesSnapshot;
        ForcesSnapshot = false;
        Snapshots += isSnapshot ? 1 : 0;
        var known = isSnapshot ? 0 : exchange.KnownVersion;
        var newer = _entries.Values.Where(pair => pair.Version > known).OrderBy(pair => pair.Version).ToList();
        var page = newer.Take(PageSize).ToList();
        var more = newer.Count > page.Count;
        Digest? hash = more ? null : ConfigDocumentHash.Of(HasWrongHash ? [] : _entries.Values.Select(pair => (pair.Entry.Key, pair.Entry.Vector)));
        return new ConfigAnswer(more ? page[^1].Version : _version, isSnapshot, more, [.. page.Select(pair => pair.Entry)], intentVersion, ServerTime(), exchange.RulesVersion == Rules.Version ? null : Rules, hash);
    }
}
