using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>A key as the device's file has it.</summary>
/// <param name="Entry">What the document says.</param>
/// <param name="InForce">What the device goes by: another value where it rejected the document's.</param>
/// <param name="Dirty">Whether the control plane has yet to confirm it.</param>
internal sealed record ConfigRow(ConfigEntry Entry, JsonValue? InForce, bool Dirty);

/// <summary>A value in force that changed.</summary>
internal sealed record ConfigChange(string Key, JsonValue? Value);

/// <summary><c>device_config</c>: the document, what is in force, what waits to be sent and reported.</summary>
internal sealed class ConfigStore(
    DeviceDatabase database, ConfigReportStore reports, ProbationStore probations, Entropy entropy, IReadOnlyDictionary<string, ConfigResolver> resolvers)
{
    private const string Columns = "key, value, in_force, vector, wall, logical, writer, rule_version, dirty, base_vector, base_value";

    private readonly ConfigRuleStore _rules = new(database);
    private readonly OwnWriteStore _ownWrites = new(database);

    public JsonValue? Get(string key) => database.Read(() => Select(key)?.InForce);

    public IReadOnlyDictionary<string, JsonValue> ReadAll() => database.Read(() =>
    {
        var values = new SortedDictionary<string, JsonValue>(StringComparer.Ordinal);
        using var reader = database.Statement("SELECT key, in_force FROM device_config WHERE in_force IS NOT NULL").Read();
        while (reader.Read())
        {
            values.Add(reader.GetString(0), new JsonValue(reader.GetString(1)));
        }

        return values;
    });

    /// <summary>A write on the device: counted in its own part of the vector, to be sent.</summary>
    /// <exception cref="InvalidOperationException">There is no room; the message says for what.</exception>
    public ConfigEntry Set(string key, JsonValue? value, long now) => database.Write(() =>
    {
        var existing = Select(key);
        if (existing is null && database.Statement("SELECT COUNT(*) FROM device_config").Number() >= Limits.ConfigKeysMax)
        {
            throw new InvalidOperationException($"The configuration has {Limits.ConfigKeysMax} keys, deleted ones included; use one of them.");
        }

        var clock = HybridTime.Next(ReadClock(), now);
        var writer = ReadWriter();
        var vector = (existing?.Entry.Vector ?? VersionVector.Empty).Increment(writer);
        if (vector.Count > Limits.VectorWritersMax)
        {
            throw new InvalidOperationException($"The key {key} was written by {Limits.VectorWritersMax} writers, one for each time that the device's file was replaced; use another key.");
        }

        WriteClock(clock);
        var common = existing is null ? null : existing.Dirty ? existing.Entry.Base : new ConfigBase(existing.Entry.Vector, existing.Entry.Value);
        var entry = new ConfigEntry(key, vector, clock, writer, 0, value, common);
        _ownWrites.Keep(key);
        Upsert(new ConfigRow(entry, value, Dirty: true));
        reports.Drop(key);
        probations.End(key);
        return entry;
    }, WriteClass.Config);

    /// <summary>What to send: unconfirmed entries, bounded in number and bytes, and reports.</summary>
    public ConfigExchange ReadExchange(Boot boot, int entriesMax, int bytesMax) => database.Read(() => new ConfigExchange(
        boot, database.Statement("SELECT config_version FROM device_state").Number()!.Value, ReadDirty(entriesMax, bytesMax / 2), reports.Read(bytesMax / 2), _rules.ReadVersion()));

    public bool HasUnsent() => database.Read(() =>
        database.Statement("SELECT 1 FROM device_config WHERE dirty = 1 OR report IS NOT NULL LIMIT 1").Number() is not null);

    /// <summary>The document's hash; null while the control plane has yet to take something of it.</summary>
    public Digest? ReadHash() => database.Read<Digest?>(() =>
    {
        if (database.Statement("SELECT 1 FROM device_config WHERE dirty <> 0 LIMIT 1").Number() is not null)
        {
            return null;
        }

        var entries = new List<(string, VersionVector)>();
        using var reader = database.Statement("SELECT key, vector FROM device_config").Read();
        while (reader.Read())
        {
            entries.Add((reader.GetString(0), VersionVector.FromJson(reader.GetString(1))));
        }

        return ConfigDocumentHash.Of(entries);
    });

    /// <summary>The next exchange asks for the whole document.</summary>
    public void AskAnew() => database.Write(() => database.Statement("UPDATE device_state SET config_version = 0").Execute());

    /// <summary>Takes the control plane's answer in one transaction.</summary>
    /// <param name="sent">What was sent.</param>
    /// <param name="answer">What was answered.</param>
    /// <param name="reject">Says why a value cannot be in force on this device, or null.</param>
    /// <returns>Values in force that changed.</returns>
    public IReadOnlyList<ConfigChange> Apply(ConfigExchange sent, ConfigAnswer answer, Func<string, JsonValue?, string?> reject) => database.Write(() =>
    {
        reports.Clear(sent.Reports);
        if (answer.Snapshot)
        {
            database.Statement("UPDATE device_config SET in_snapshot = 0").Execute();
            database.Statement("UPDATE device_state SET config_snapshot_open = 1").Execute();
        }

        if (answer.Rules is { } rules)
        {
            _rules.Write(rules);
        }

        var changes = new List<ConfigChange>();
        var clock = HybridTime.Max(ReadClock(), new HybridTime(answer.ServerTime, 0));
        foreach (var entry in answer.Entries)
        {
            clock = HybridTime.Max(clock, entry.Time);
            Take(entry, sent, answer.ServerTime, reject, changes);
        }

        WriteClock(clock);
        if (!answer.More)
        {
            EndSnapshot(changes);
        }

        database.Statement("UPDATE device_state SET config_version = ?1").Execute(answer.Version);
        return changes;
    }, WriteClass.Config);

    /// <summary>The control plane will not take this entry, now or later: it stays in force on the device, whatever a snapshot says, and is not sent again.</summary>
    public void StopSending(ConfigEntry entry) =>
        database.Write(() => database.Statement("UPDATE device_config SET dirty = 2 WHERE key = ?1 AND vector = ?2").Execute(entry.Key, entry.Vector.ToJson()));

    /// <summary>The control plane will not take these reports.</summary>
    public void DropReports(IReadOnlyList<ConfigReport> refused) => database.Write(() => reports.Clear(refused));

    private void Take(ConfigEntry theirs, ConfigExchange sent, long serverTime, Func<string, JsonValue?, string?> reject, List<ConfigChange> changes)
    {
        var ours = Select(theirs.Key);
        if (ours is { Dirty: true } && ConfigDecision.IsOfOlderFile(ours.Entry, theirs, _ownWrites.Read(theirs.Key)) && WriteAnew(ours.Entry, theirs) is { } anew)
        {
            ours = ours with { Entry = anew };
        }

        if (ConfigDecision.KeepsOwn(ours?.Entry, theirs))
        {
            var kept = ours! with { Dirty = true, Entry = ConfigDecision.Rebase(ours.Entry, sent.Changes.FirstOrDefault(change => change.Key == theirs.Key), theirs) };
            Upsert(kept with { InForce = PutInForceMeanwhile(kept, theirs, serverTime, reject, changes) });
            return;
        }

        _ownWrites.Keep(theirs.Key);
        if (ours is not null && ours.Entry.Vector.Equals(theirs.Vector) && ours.Entry.Value == theirs.Value)
        {
            Upsert(new ConfigRow(theirs, ours.InForce, Dirty: false));
            return;
        }

        var inForce = ours?.InForce;
        if (theirs.Value != inForce && (probations.WhyNot(theirs.Health) ?? reject(theirs.Key, theirs.Value)) is { } reason)
        {
            Upsert(new ConfigRow(theirs, inForce, Dirty: false));
            reports.Put(theirs.Key, ConfigStatus.Rejected, reason);
            return;
        }

        Upsert(new ConfigRow(theirs, theirs.Value, Dirty: false));
        reports.Put(theirs.Key, probations.Take(theirs, inForce) ? ConfigStatus.Probation : ConfigStatus.Applied, null);
        if (theirs.Value != inForce)
        {
            changes.Add(new ConfigChange(theirs.Key, theirs.Value));
        }
    }

    private JsonValue? PutInForceMeanwhile(
        ConfigRow ours, ConfigEntry theirs, long serverTime, Func<string, JsonValue?, string?> reject, List<ConfigChange> changes)
    {
        if (ConfigDecision.Foresee(ours.Entry, theirs, _rules.Read(), resolvers, serverTime) is not { } merged || merged.Value == ours.InForce || reject(theirs.Key, merged.Value) is not null)
        {
            return ours.InForce;
        }

        changes.Add(new ConfigChange(theirs.Key, merged.Value));
        return merged.Value;
    }

    // The writer's counts were used before, for other writes: the same write under a writer that neither side has heard of is one that the control plane has not seen.
    private ConfigEntry? WriteAnew(ConfigEntry ours, ConfigEntry theirs)
    {
        _ownWrites.Learn(ours.Key, theirs.Vector);
        if (ReadWriter() is var used && (used == ours.Writer || theirs.Vector[used] > ours.Vector[used]))
        {
            database.Statement("UPDATE device_state SET config_epoch = ?1").Execute(entropy.DrawEpoch().Value);
        }

        var writer = ReadWriter();
        var vector = ours.Vector.Increment(writer);
        return vector.Count <= Limits.VectorWritersMax ? ours with { Vector = vector, Writer = writer } : null;
    }

    // A deletion has a marker, so a key that is missing was not deleted: the control plane has forgotten it, and is told it again. Its own keys are its own.
    private void EndSnapshot(List<ConfigChange> changes)
    {
        if (database.Statement("SELECT config_snapshot_open FROM device_state").Number() == 0)
        {
            return;
        }

        var missing = new List<(string Key, bool IsInForce)>();
        using (var reader = database.Statement("SELECT key, in_force IS NOT NULL FROM device_config WHERE in_snapshot = 0 AND dirty = 0").Read())
        {
            while (reader.Read())
            {
                missing.Add((reader.GetString(0), reader.GetBoolean(1)));
            }
        }

        foreach (var (key, isInForce) in missing)
        {
            if (!ConfigDecision.IsReserved(key))
            {
                database.Statement("UPDATE device_config SET dirty = 1 WHERE key = ?1").Execute(key);
                continue;
            }

            database.Statement("DELETE FROM device_config WHERE key = ?1").Execute(key);
            if (isInForce)
            {
                changes.Add(new ConfigChange(key, null));
            }
        }

        database.Statement("UPDATE device_state SET config_snapshot_open = 0").Execute();
    }

    private string ReadWriter() => ConfigWriters.Device(new Epoch(database.Statement("SELECT config_epoch FROM device_state").Number()!.Value));

    private void Upsert(ConfigRow row) => database.Statement(
        """
        INSERT INTO device_config (key, value, in_force, vector, wall, logical, writer, rule_version, dirty, in_snapshot, base_vector, base_value)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10, ?11)
        ON CONFLICT (key) DO UPDATE SET value = ?2, in_force = ?3, vector = ?4, wall = ?5, logical = ?6, writer = ?7, rule_version = ?8, dirty = ?9, in_snapshot = 1,
          base_vector = ?10, base_value = ?11
        """).Execute(
            row.Entry.Key, row.Entry.Value?.ToString(), row.InForce?.ToString(), row.Entry.Vector.ToJson(), row.Entry.Time.Wall, row.Entry.Time.Logical,
            row.Entry.Writer, row.Entry.RuleVersion, row.Dirty ? 1 : 0, row.Entry.Base is { } common ? common.Vector.ToJson() : null, row.Entry.Base?.Value?.ToString());

    private List<ConfigEntry> ReadDirty(int entriesMax, int bytesMax)
    {
        var entries = new List<ConfigEntry>();
        var bytes = 0;
        using var reader = database.Statement($"SELECT {Columns} FROM device_config WHERE dirty = 1 ORDER BY key LIMIT ?1").Read(entriesMax);
        while (reader.Read())
        {
            var entry = Row(reader).Entry;
            bytes += 256 + (3 * ((entry.Value?.Text.Length ?? 0) + (entry.Base?.Value?.Text.Length ?? 0))) + entry.Key.Length + (64 * (entry.Vector.Count + (entry.Base?.Vector.Count ?? 0)));
            if (bytes > bytesMax && entries.Count > 0)
            {
                break;
            }

            entries.Add(entry);
        }

        return entries;
    }

    private ConfigRow? Select(string key)
    {
        using var reader = database.Statement($"SELECT {Columns} FROM device_config WHERE key = ?1").Read(key);
        return reader.Read() ? Row(reader) : null;
    }

    private static ConfigRow Row(Statement.Rows reader) => new(
        new ConfigEntry(
            reader.GetString(0), VersionVector.FromJson(reader.GetString(3)), new HybridTime(reader.GetInt64(4), reader.GetInt32(5)), reader.GetString(6), reader.GetInt32(7), JsonValue.From(reader.GetText(1)),
            reader.GetText(9) is { } known ? new ConfigBase(VersionVector.FromJson(known), JsonValue.From(reader.GetText(10))) : null),
        JsonValue.From(reader.GetText(2)),
        reader.GetBoolean(8));

    private HybridTime ReadClock()
    {
        using var reader = database.Statement("SELECT clock_wall, clock_logical FROM device_state").Read();
        reader.Read();
        return new HybridTime(reader.GetInt64(0), reader.GetInt32(1));
    }

    private void WriteClock(HybridTime clock) =>
        database.Statement("UPDATE device_state SET clock_wall = ?1, clock_logical = ?2").Execute(clock.Wall, clock.Logical);
}
