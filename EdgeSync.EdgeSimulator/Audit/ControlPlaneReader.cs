using System.Data.Common;
using Dapper;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>The control plane's database, read with plain SQL, a device at a time.</summary>
internal sealed class ControlPlaneReader : IDisposable
{
    private readonly DbConnection _connection;

    private ControlPlaneReader(DbConnection connection) => _connection = connection;

    /// <summary>Opens a database that holds a control plane.</summary>
    /// <exception cref="UsageException">There is none, or it cannot be read.</exception>
    public static ControlPlaneReader Open(string connectionString)
    {
        DbConnection? connection = null;
        try
        {
            connection = ControlPlaneConnection.Open(connectionString);
            connection.ExecuteScalar<long>("SELECT count(*) FROM streams");
            return new ControlPlaneReader(connection);
        }
        catch (DbException e)
        {
            connection?.Dispose();
            throw new UsageException($"{ControlPlaneConnection.NameOf(connectionString)} is no control-plane database that can be read: {e.Message}. Name the folder of a run with --data, or its database with --database.", e);
        }
    }

    public StoredDevice Read(DeviceId device)
    {
        var id = new { Device = device };
        var replays = _connection.Query<(long Epoch, long Number, string ReplayOf)>("SELECT epoch, seq, replay_of FROM telemetry_data WHERE device_id = @Device AND replay_of IS NOT NULL", id)
            .ToLookup(row => new EntryName(new Epoch(row.Epoch), row.Number), row => EntryName.TryParse(row.ReplayOf, out var name) ? name : (EntryName?)null);
        return new StoredDevice(
            [.. _connection.Query<(long Epoch, long Watermark, byte[] Digest, long Stored, long Refused, long Gaps, long Expired)>(
                    "SELECT epoch, watermark, digest, stored, refused, gaps, expired FROM streams WHERE device_id = @Device", id)
                .Select(row => new StoredStream(row.Epoch, row.Watermark, new Digest(row.Digest), row.Stored, row.Refused, row.Gaps, row.Expired))],
            [.. _connection.Query<(long Epoch, long Number, string Sensor, long RecordedAt, double? Value, string? Payload, long ReceivedAt)>("""
                SELECT epoch, seq, sensor, recorded_at, value, payload, received_at FROM telemetry_data WHERE device_id = @Device
                """, id).Select(row => new StoredReading(new EntryName(new Epoch(row.Epoch), row.Number), new Reading(row.Sensor, row.RecordedAt, row.Value, row.Payload, replays[new EntryName(new Epoch(row.Epoch), row.Number)].FirstOrDefault()), row.ReceivedAt))],
            _connection.Query<(long Epoch, long Number, byte[] Digest)>("SELECT epoch, seq, digest FROM refusals WHERE device_id = @Device", id)
                .ToDictionary(row => new EntryName(new Epoch(row.Epoch), row.Number), row => new Digest(row.Digest)),
            [.. _connection.Query<(long Epoch, long From, long To, byte[] Digest)>("SELECT epoch, from_seq, to_seq, digest_after FROM gaps WHERE device_id = @Device", id)
                .Select(row => new StoredGap(row.Epoch, row.From, row.To, new Digest(row.Digest)))],
            _connection.Query<(long Epoch, long Number, byte[] Digest)>("SELECT epoch, seq, digest FROM checkpoints WHERE device_id = @Device", id)
                .ToDictionary(row => new EntryName(new Epoch(row.Epoch), row.Number), row => new Digest(row.Digest)),
            _connection.QuerySingleOrDefault<long>("SELECT version FROM device_config_heads WHERE device_id = @Device", id),
            _connection.Query<(string Key, string Vector, long Wall, int Logical, string Writer, int RuleVersion, string? Value)>(
                    "SELECT config_key, vector, hlc_wall, hlc_logical, writer, rule_version, value FROM device_configs WHERE device_id = @Device", id)
                .Select(row => new ConfigEntry(
                    row.Key, VersionVector.FromJson(row.Vector), new HybridTime(row.Wall, row.Logical), row.Writer, row.RuleVersion, JsonValue.From(row.Value)))
                .ToDictionary(entry => entry.Key, StringComparer.Ordinal),
            ReadConflicts(device),
            _connection.Query<(long Epoch, long Floor)>("SELECT epoch, floor_seq FROM streams WHERE device_id = @Device", id).ToDictionary(row => row.Epoch, row => row.Floor));
    }

    /// <summary>Every version of the rules for concurrent configuration writes.</summary>
    public IReadOnlyDictionary<int, ConfigRuleSet> ReadConfigRules() =>
        _connection.Query<(int Version, string Patterns)>("SELECT version, patterns FROM config_rules")
            .Select(row => new ConfigRuleSet(row.Version, ConfigTexts.Patterns(row.Patterns)))
            .ToDictionary(rules => rules.Version);

    // A row from before values were made of both sides' says nothing of what was kept: the winner's.
    private List<LoggedConflict> ReadConflicts(DeviceId device) =>
    [
        .. _connection.Query<(string Id, string Key, string Winner, string Loser, string Rule, int RuleVersion, string? Kept, string? DecidedBy)>(
            "SELECT conflict_id, config_key, winner, loser, rule, rule_version, kept, decided_by FROM conflict_log WHERE device_id = @Device", new { Device = device })
            .Select(row => (Row: row, Winner: ConfigTexts.Entry(row.Winner)))
            .Select(conflict => new LoggedConflict(
                conflict.Row.Id, conflict.Row.Key, conflict.Winner, ConfigTexts.Entry(conflict.Row.Loser), Words.Parse<ConfigRule>(conflict.Row.Rule), conflict.Row.RuleVersion,
                conflict.Row.DecidedBy is null ? conflict.Winner.Value : JsonValue.From(conflict.Row.Kept))),
    ];

    public IReadOnlyList<StoredCommand> ReadCommands() =>
        [.. _connection.Query<(CommandId Id, DeviceId Device, string State, string? Key, long CreatedAt, long? CompletedAt)>(
            "SELECT command_id, device_id, state, idempotency_key, created_at, completed_at FROM commands")
            .Select(row => new StoredCommand(
                row.Id, row.Device, Words.Parse<CommandState>(row.State), row.Key, row.CreatedAt, row.CompletedAt))];

    public void Dispose() => _connection.Dispose();
}

/// <summary>What the control plane keeps of a device.</summary>
internal sealed record StoredDevice(
    IReadOnlyList<StoredStream> Streams,
    IReadOnlyList<StoredReading> Readings,
    IReadOnlyDictionary<EntryName, Digest> Refusals,
    IReadOnlyList<StoredGap> Gaps,
    IReadOnlyDictionary<EntryName, Digest> Checkpoints,
    long ConfigVersion,
    IReadOnlyDictionary<string, ConfigEntry> Config,
    IReadOnlyList<LoggedConflict> Conflicts,
    IReadOnlyDictionary<long, long> Floors);

internal sealed record StoredStream(long Epoch, long Watermark, Digest Digest, long Stored, long Refused, long Gaps, long Expired);

internal sealed record StoredReading(EntryName Name, Reading Reading, long ReceivedAt);

internal sealed record StoredGap(long Epoch, long From, long To, Digest DigestAfter);

internal sealed record StoredCommand(CommandId Id, DeviceId Device, CommandState State, string? Key, long CreatedAt, long? CompletedAt);
