using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>The other side of an exchange: a device that merges as the protocol says, in memory.</summary>
internal sealed class ConfigReplica(DeviceId id, ConfigExchangeStore store, TimeProvider time)
{
    private static readonly string Writer = ConfigWriters.Device(new Epoch(7));

    private readonly SortedDictionary<string, ConfigEntry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unconfirmed = new(StringComparer.Ordinal);
    private HybridTime _clock;
    private long _knownVersion;

    public long ClockOffset { get; set; }

    public bool HasUnconfirmed => _unconfirmed.Count > 0;

    public IEnumerable<(string Key, JsonValue? Value, VersionVector Vector)> Visible =>
        _entries.Values.Where(entry => entry.Value is not null).Select(entry => (entry.Key, entry.Value, entry.Vector));

    public void Write(string key, JsonValue? value)
    {
        _clock = HybridTime.Next(_clock, time.GetMicroseconds() + ClockOffset);
        var vector = _entries.TryGetValue(key, out var entry) ? entry.Vector : VersionVector.Empty;
        _entries[key] = new ConfigEntry(key, vector.Increment(Writer), _clock, Writer, 0, value);
        _unconfirmed.Add(key);
    }

    public async Task ExchangeAsync(bool loseAnswer = false, Action? during = null)
    {
        var request = new ConfigExchange(new Boot(1, 1), _knownVersion, [.. _unconfirmed.Order(StringComparer.Ordinal).Select(key => _entries[key])], []);
        var outcome = await store.ExchangeAsync(id, request, time.GetMicroseconds(), TestContext.Current.CancellationToken);
        var answer = Assert.IsType<Exchanged>(outcome).Answer;
        during?.Invoke();
        if (!loseAnswer)
        {
            Take(answer);
        }
    }

    private void Take(ConfigAnswer answer)
    {
        foreach (var theirs in answer.Entries)
        {
            _clock = HybridTime.Max(_clock, theirs.Time);
            var kept = _entries.TryGetValue(theirs.Key, out var mine) ? ConfigMerge.Merge(id, mine, theirs, answer.Rules).Entry : theirs;
            _entries[theirs.Key] = kept;
            if (kept.Vector.Equals(theirs.Vector))
            {
                _unconfirmed.Remove(theirs.Key);
            }
        }

        Assert.False(answer.More);
        _knownVersion = answer.Version;
    }
}
