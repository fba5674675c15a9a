using Dapper;
using EdgeSync.Edge;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.EdgeSimulator;

/// <summary>A stream as one side has it.</summary>
internal readonly record struct SeenStream(string Device, long Epoch, long Position, Digest Digest);

/// <summary>What the checks of a world look at, with plain SQL, while everything is at rest between two callbacks.</summary>
internal sealed class WorldCheckStore(string database) : IDisposable
{
    // A number is accounted for by a reading, a refusal or a gap, once; so the ledger, its entries and the watermark add up, and nothing lies above it.
    private const string BrokenLedgerSql = """
        SELECT s.device_id || ' stream ' || s.epoch || ': watermark ' || s.watermark || ', ledger ' || s.stored || ' + ' || s.refused || ' + ' || s.gaps || ', rows ' || COALESCE(t.count, 0)
               || ' up to ' || COALESCE(t.last, 0)
        FROM streams s
        LEFT JOIN (SELECT device_id, epoch, COUNT(*) AS count, COUNT(DISTINCT seq) AS numbers, MAX(seq) AS last FROM telemetry_data GROUP BY device_id, epoch) t
          ON t.device_id = s.device_id AND t.epoch = s.epoch
        WHERE COALESCE(t.count, 0) <> s.stored - s.expired OR COALESCE(t.numbers, 0) <> COALESCE(t.count, 0)
           OR COALESCE(t.last, 0) > s.watermark
        LIMIT 1
        """;

    private const string UnbalancedSql = """
        SELECT device_id || ' stream ' || epoch || ': watermark ' || watermark || ', ledger ' || stored || ' + ' || refused || ' + ' || gaps FROM streams
        WHERE watermark <> stored + refused + gaps LIMIT 1
        """;

    private const string OrphanSql = """
        SELECT t.device_id || ' stream ' || t.epoch || ': readings and no ledger' FROM telemetry_data t
        WHERE NOT EXISTS (SELECT 1 FROM streams s WHERE s.device_id = t.device_id AND s.epoch = t.epoch) LIMIT 1
        """;

    private const string TwiceSql = """
        SELECT device_id || ': ' || sensor || ' at ' || recorded_at || ' is stored ' || COUNT(*) || ' times' FROM telemetry_data
        GROUP BY device_id, sensor, recorded_at HAVING COUNT(*) > 1 LIMIT 1
        """;

    private const string StreamsSql = "SELECT device_id AS Device, epoch AS Epoch, watermark AS Position, digest AS Digest FROM streams";

    private const string OpenCommandsSql = "SELECT COUNT(*) FROM commands WHERE state IN ('pending', 'leased', 'delivered')";

    private const string EndedCommandsSql = "SELECT command_id || '' AS Id, state AS State FROM commands WHERE state IN ('succeeded', 'failed')";

    private const string UntoldSql = "SELECT command_id || '' FROM commands WHERE delivered_at IS NULL";

    private const string TimesSql = "SELECT sensor AS Sensor, recorded_at AS RecordedAt FROM telemetry_data WHERE device_id = @device";

    private const string OutcomesSql = "SELECT id, outcome FROM command_queue WHERE outcome IS NOT NULL";

    private const string OwnStreamsSql = "SELECT epoch, acked, acked_digest FROM streams";

    private readonly SqliteConnection _connection = SqliteFile.Open(database);

    /// <summary>A stream whose ledger does not add up to its watermark, or null.</summary>
    public string? FindUnbalanced() => _connection.QueryFirstOrDefault<string>(UnbalancedSql);

    /// <summary>A stream whose rows are not those that its ledger tells of, or null.</summary>
    public string? FindBrokenLedger() => _connection.QueryFirstOrDefault<string>(BrokenLedgerSql) ?? _connection.QueryFirstOrDefault<string>(OrphanSql);

    /// <summary>What is stored twice, or null.</summary>
    public string? FindTwice() => _connection.QueryFirstOrDefault<string>(TwiceSql);

    /// <summary>The control plane's streams.</summary>
    public IEnumerable<SeenStream> ReadStreams() => _connection.Query<(string Device, long Epoch, long Position, byte[] Digest)>(StreamsSql)
        .Select(row => new SeenStream(row.Device, row.Epoch, row.Position, new Digest(row.Digest)));

    public long CountOpenCommands() => _connection.ExecuteScalar<long>(OpenCommandsSql);

    /// <summary>Commands with a result of their device.</summary>
    public IEnumerable<(string Id, string State)> ReadEnded() => _connection.Query<(string Id, string State)>(EndedCommandsSql);

    /// <summary>Commands of which nobody was told that it may run them.</summary>
    public HashSet<string> ReadUntold() => _connection.Query<string>(UntoldSql).ToHashSet(StringComparer.Ordinal);

    /// <summary>The readings of a device that are stored.</summary>
    public HashSet<(string Sensor, long RecordedAt)> ReadTimes(string device) => _connection.Query<(string Sensor, long RecordedAt)>(TimesSql, new { device }).ToHashSet();

    /// <summary>A device's cursors.</summary>
    public static List<SeenStream> ReadCursors(EdgeDevice device) => device.Database.Read(() =>
    {
        var streams = new List<SeenStream>();
        using var reader = device.Database.Statement(OwnStreamsSql).Read();
        while (reader.Read())
        {
            streams.Add(new SeenStream(device.Id.ToString(), reader.GetInt64(0), reader.GetInt64(1), new Digest(reader.GetBytes(2))));
        }

        return streams;
    });

    /// <summary>How commands ended on a device.</summary>
    public static List<(string Id, string Outcome)> ReadOutcomes(EdgeDevice device) => device.Database.Read(() =>
    {
        var outcomes = new List<(string, string)>();
        using var reader = device.Database.Statement(OutcomesSql).Read();
        while (reader.Read())
        {
            outcomes.Add((reader.GetString(0), reader.GetString(1)));
        }

        return outcomes;
    });

    /// <summary>Whether a key's value on the device has yet to be taken by the control plane.</summary>
    public static bool IsUnsent(EdgeDevice device, string key) =>
        device.Database.Read(() => device.Database.Statement("SELECT 1 FROM device_config WHERE key = ?1 AND dirty <> 0").Number(key) is not null);

    public void Dispose() => _connection.Dispose();
}
