using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>The other side of an exchange: a device in memory that does as the protocol says: it takes what includes its own entry, and sends that again where it does not.</summary>
internal sealed class ConfigReplica(DeviceId id, ConfigExchangeStore store, TimeProvider time)
{
    public static readonly string Writer = ConfigWriters.Device(new Epoch(7));

    private readonly SortedDictionary<string, ConfigEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConfigBase> _bases = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unconfirmed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _written = new(StringComparer.Ordinal);
    private HybridTime _clock;
    private long _knownVersion;

    public long ClockOffset { get; set; }

    /// <summary>Of the control plane's document, as its last answer said.</summary>
    public Digest? DocumentHash { get; private set; }

    public Digest Hash => ConfigDocumentHash.Of(_entries.Values.Select(entry => (entry.Key, entry.Vector)));

    public bool HasUnconfirmed => _unconfirmed.Count > 0;

    /// <summary>What the next exchange sends.</summary>
    public IReadOnlyList<ConfigEntry> Unconfirmed =>
        [.. _unconfirmed.Order(StringComparer.Ordinal).Select(key => _entries[key] with { Base = _bases.GetValueOrDefault(key) })];

    /// <summary>The device's writes of a key.</summary>
    public long Writes(string key) => _written.GetValueOrDefault(key);

    public VersionVector Vector(string key) => _entries.TryGetValue(key, out var entry) ? entry.Vector : VersionVector.Empty;

    public IEnumerable<(string Key, JsonValue? Value, VersionVector Vector)> Visible =>
        _entries.Values.Where(entry => entry.Value is not null).Select(entry => (entry.Key, entry.Value, entry.Vector));

    public void Write(string key, JsonValue? value)
    {
        _clock = HybridTime.Next(_clock, time.GetMicroseconds() + ClockOffset);
        var vector = Vector(key);
        if (!_unconfirmed.Contains(key) && _entries.TryGetValue(key, out var common))
        {
            _bases[key] = new ConfigBase(common.Vector, common.Value);
        }

        _written[key] = vector[Writer] + 1;
        _entries[key] = new ConfigEntry(key, vector.Increment(Writer), _clock, Writer, 0, value);
        _unconfirmed.Add(key);
    }

    public async Task ExchangeAsync(bool loseAnswer = false, Action? during = null)
    {
        var request = new ConfigExchange(new Boot(1, 1), _knownVersion, Unconfirmed, []);
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
            if (!ConfigDecision.IsReserved(theirs.Key) && _entries.TryGetValue(theirs.Key, out var mine)
                && theirs.Vector.CompareTo(mine.Vector) is VectorOrder.Before or VectorOrder.Concurrent)
            {
                _unconfirmed.Add(theirs.Key);
                continue;
            }

            _entries[theirs.Key] = theirs;
            _unconfirmed.Remove(theirs.Key);
            _bases.Remove(theirs.Key);
        }

        DocumentHash = answer.DocumentHash;

        Assert.False(answer.More);
        _knownVersion = answer.Version;
    }
}
