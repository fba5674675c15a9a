using Dapper;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.EdgeSimulator;

/// <summary>A device's own SQLite file, read with plain SQL.</summary>
/// <param name="Device">Whose it is.</param>
/// <param name="Streams">Its streams.</param>
/// <param name="Pending">Readings that the control plane has not acknowledged.</param>
/// <param name="DeadLetters">Sensor and time of readings that were set aside.</param>
/// <param name="Gaps">Numbers that it has given up.</param>
/// <param name="ConfigVersion">The version of the configuration document that it has in full.</param>
/// <param name="Config">Its configuration by key, deletion markers too.</param>
/// <param name="Receipts">The durability receipts that it keeps.</param>
internal sealed record DeviceFile(
    string Device,
    IReadOnlyList<DeviceStream> Streams,
    IReadOnlyList<Reading> Pending,
    IReadOnlySet<(string Sensor, long RecordedAt)> DeadLetters,
    IReadOnlyList<(long Epoch, long From, long To)> Gaps,
    long ConfigVersion,
    IReadOnlyDictionary<string, DeviceConfigRow> Config,
    IReadOnlyList<FiledReceipt> Receipts)
{
    /// <summary>Reads a device's file; null when it has none.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static DeviceFile? TryRead(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return Read(path);
        }
        catch (SqliteException e)
        {
            throw new UsageException($"The device's file {path} cannot be read: {e.Message}. Restore it, or move it away to audit without it.", e);
        }
    }

    private static DeviceFile Read(string path)
    {
        using var connection = SqliteFile.Open(path);
        return new DeviceFile(
            connection.QuerySingle<string>("SELECT device FROM device_state"),
            [.. connection.Query<(long Epoch, long Head, long Acked)>("SELECT epoch, head, acked FROM streams")
                .Select(row => new DeviceStream(row.Epoch, row.Head, row.Acked))],
            [.. connection.Query<(string Sensor, long RecordedAt, double? Value, string? Payload)>("""
                SELECT s.name, t.recorded_at, t.value, t.payload
                FROM telemetry_data t JOIN streams st ON st.epoch = t.epoch JOIN sensors s ON s.id = t.sensor_id
                WHERE t.seq > st.acked
                """).Select(row => new Reading(row.Sensor, row.RecordedAt, row.Value, row.Payload))],
            connection.Query<(string, long)>("SELECT sensor, recorded_at FROM dead_letters").ToHashSet(),
            [.. connection.Query<(long, long, long)>("SELECT epoch, from_seq, to_seq FROM gaps")],
            connection.QuerySingle<long>("SELECT config_version FROM device_state"),
            connection.Query<(string Key, string Vector, long Wall, int Logical, string Writer, int RuleVersion, string? Value, string? InForce)>(
                    "SELECT key, vector, wall, logical, writer, rule_version, value, in_force FROM device_config")
                .Select(row => new DeviceConfigRow(
                    new ConfigEntry(row.Key, VersionVector.FromJson(row.Vector), new HybridTime(row.Wall, row.Logical), row.Writer, row.RuleVersion, JsonValue.From(row.Value)),
                    JsonValue.From(row.InForce)))
                .ToDictionary(row => row.Entry.Key, StringComparer.Ordinal),
            ReadReceipts(connection));
    }

    // A file of an older program has none.
    private static List<FiledReceipt> ReadReceipts(SqliteConnection connection) => connection.QuerySingle<long>("SELECT count(*) FROM sqlite_master WHERE name = 'receipts'") == 0
        ? []
        : [.. connection.Query<(long Epoch, long To, byte[] Digest, string Statement, byte[]? Own)>("""
            SELECT r.epoch, r.to_seq, r.digest, r.statement, COALESCE(
              (SELECT t.digest FROM telemetry_data t WHERE t.epoch = r.epoch AND t.seq = r.to_seq),
              (SELECT g.digest_after FROM gaps g WHERE g.epoch = r.epoch AND g.to_seq = r.to_seq),
              (SELECT s.acked_digest FROM streams s WHERE s.epoch = r.epoch AND s.acked = r.to_seq),
              (SELECT s.retained_after_digest FROM streams s WHERE s.epoch = r.epoch AND s.retained_after = r.to_seq))
            FROM receipts r ORDER BY r.epoch, r.to_seq
            """).Select(row => new FiledReceipt(new Epoch(row.Epoch), row.To, new Digest(row.Digest), row.Statement, row.Own is { Length: Digest.Bytes } own ? new Digest(own) : null))];
}

/// <summary>A configuration key in a device's file.</summary>
/// <param name="Entry">What the document says.</param>
/// <param name="InForce">What the device goes by; null for nothing.</param>
internal sealed record DeviceConfigRow(ConfigEntry Entry, JsonValue? InForce);

/// <summary>A durability receipt in a device's file.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="To">Up to which number.</param>
/// <param name="Digest">D(To), as it says.</param>
/// <param name="Statement">As it was signed.</param>
/// <param name="Own">D(To) of the device's own chain; null where it has deleted that since.</param>
internal sealed record FiledReceipt(Epoch Epoch, long To, Digest Digest, string Statement, Digest? Own);

/// <summary>A stream in a device's file.</summary>
internal sealed record DeviceStream(long Epoch, long Head, long Acknowledged);
