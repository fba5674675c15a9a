using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Where a reading comes to exist: one transaction takes the numbers, stores the rows with their digests and moves the head.</summary>
internal sealed class TelemetryStore(DeviceDatabase database)
{
    private const int SensorsKeptMax = 10_000;
    private const string InsertSql =
        "INSERT INTO telemetry_data (epoch, seq, sensor_id, recorded_at, value, payload, digest, replay_of) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    private readonly Dictionary<string, long> _sensorIds = new(StringComparer.Ordinal);
    private readonly Dictionary<long, string> _sensorNames = [];
    private int _generation = -1;
    private (Epoch Epoch, long Number, Digest Digest) _head;

    /// <summary>Stores the readings that <see cref="ReadingRules"/> accept.</summary>
    public AppendResult Append(IReadOnlyList<Reading> readings, WriteClass of = WriteClass.Telemetry)
    {
        var refused = new List<RefusedAppend>();
        var accepted = new List<Reading>(readings.Count);
        for (var i = 0; i < readings.Count; i++)
        {
            if (ReadingRules.Check(readings[i]) is var reason and not ReadingRefusal.None)
            {
                refused.Add(new RefusedAppend(i, reason));
            }
            else
            {
                accepted.Add(readings[i]);
            }
        }

        return accepted.Count == 0
            ? database.Read(() => new AppendResult(Head().Epoch, Head().Number + 1, 0, refused))
            : database.Write(() => Insert(accepted, refused), of);
    }

    /// <summary>A sensor's name; empty when its row is missing. Call it inside the database's lock.</summary>
    public string SensorName(long id)
    {
        Refresh();
        if (!_sensorNames.TryGetValue(id, out var name))
        {
            using var reader = database.Statement("SELECT name FROM sensors WHERE id = ?1").Read(id);
            name = reader.Read() ? reader.GetString(0) : "";
            Keep(id, name);
        }

        return name;
    }

    /// <summary>The reading of a row, from its sensor's column on: <c>sensor_id, recorded_at, value, payload, replay_of</c>. Call it inside the database's lock.</summary>
    public Reading ReadingAt(Statement.Rows row, int column) =>
        new(SensorName(row.GetInt64(column)), row.GetInt64(column + 1), row.GetReal(column + 2), row.GetText(column + 3), row.GetEntryName(column + 4));

    private AppendResult Insert(List<Reading> accepted, List<RefusedAppend> refused)
    {
        var (epoch, head, digest) = Head();
        var number = head;
        var insert = database.Statement(InsertSql);
        foreach (var reading in accepted)
        {
            // -0.0 + 0.0 is 0.0: the row holds what its digest says.
            double? value = reading.Value is { } given ? given + 0.0 : null;
            digest = DigestChain.Next(digest, reading with { Value = value });
            insert.Execute(
                epoch.Value, ++number, SensorId(reading.Sensor), reading.RecordedAt, value, reading.Payload, digest.ToArray(), reading.ReplayOf?.ToString());
        }

        var moved = database.Statement("UPDATE streams SET head = ?2, head_digest = ?3 WHERE epoch = ?1 AND head = ?4")
            .Execute(epoch.Value, number, digest.ToArray(), head);
        if (moved != 1)
        {
            throw new DeviceDatabaseException(
                $"Another program has written to {database.Path}. Give each running device its own file and append again.");
        }

        _head = (epoch, number, digest);
        return new AppendResult(epoch, head + 1, accepted.Count, refused);
    }

    private (Epoch Epoch, long Number, Digest Digest) Head()
    {
        Refresh();
        return _head;
    }

    /// <summary>A sensor's row, made when it is missing. Call it inside a transaction.</summary>
    public long SensorId(string name)
    {
        Refresh();
        if (_sensorIds.TryGetValue(name, out var id))
        {
            return id;
        }

        database.Statement("INSERT OR IGNORE INTO sensors (name) VALUES (?1)").Execute(name);
        id = database.Statement("SELECT id FROM sensors WHERE name = ?1").Number(name)!.Value;
        Keep(id, name);
        return id;
    }

    private void Keep(long id, string name)
    {
        if (_sensorNames.Count >= SensorsKeptMax)
        {
            _sensorNames.Clear();
            _sensorIds.Clear();
        }

        _sensorNames[id] = name;
        _sensorIds[name] = id;
    }

    private void Refresh()
    {
        if (_generation == database.Generation)
        {
            return;
        }

        _sensorIds.Clear();
        _sensorNames.Clear();
        using var reader = database.Statement(
            "SELECT epoch, head, head_digest FROM streams WHERE epoch = (SELECT live_epoch FROM device_state)").Read();
        if (!reader.Read())
        {
            throw StorageRules.Damage("the live stream is not there");
        }

        _head = (reader.GetEpoch(0), reader.GetInt64(1), reader.GetDigest(2));
        _generation = database.Generation;
    }
}
