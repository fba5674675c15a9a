using System.Data.Common;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>A row of <c>device_configs</c>.</summary>
internal sealed class ConfigRow
{
    public string Key { get; init; } = "";

    public string? Value { get; init; }

    public string Vector { get; init; } = "";

    public long HlcWall { get; init; }

    public int HlcLogical { get; init; }

    public string Writer { get; init; } = "";

    public int RuleVersion { get; init; }

    public long Version { get; init; }

    public long UpdatedAt { get; init; }

    public string? ReportVector { get; init; }

    public string? ReportStatus { get; init; }

    public string? ReportReason { get; init; }

    public const string Columns = """
        config_key AS Key, value AS Value, vector AS Vector, hlc_wall AS HlcWall, hlc_logical AS HlcLogical, writer AS Writer, rule_version AS RuleVersion,
        version AS Version, updated_at AS UpdatedAt, report_vector AS ReportVector, report_status AS ReportStatus, report_reason AS ReportReason
        """;

    public bool IsDeleted => Value is null;

    public ConfigEntry ToEntry() => new(
        Key, ToVector(Vector), new HybridTime(HlcWall, HlcLogical), Writer, RuleVersion, Value is null ? null : new JsonValue(Value));

    public ConfigReport? ToReport() => ReportVector is null || ReportStatus is null
        ? null
        : new ConfigReport(Key, ToVector(ReportVector), Words.Parse<ConfigStatus>(ReportStatus), ReportReason);

    public ConfigView ToView() => new(ToEntry(), Version, UpdatedAt, ToReport());

    private const string FindSql = $"SELECT {Columns} FROM device_configs WHERE device_id = @device AND config_key = @key";

    public static Task<ConfigRow?> FindAsync(DbTransaction transaction, DeviceId device, string key) =>
        transaction.FindAsync<ConfigRow>(FindSql, new { device, key });

    /// <summary>Whether the key still has what a version gave it.</summary>
    public static async Task<bool> StandsAsync(DbTransaction transaction, DeviceId device, ConfigEntry entry, long version) =>
        await FindAsync(transaction, device, entry.Key) is { } row && row.Version == version && row.ToEntry() == entry;

    private const string VectorsSql = "SELECT config_key AS Key, vector AS Vector FROM device_configs WHERE device_id = @device";

    /// <summary>The hash of the whole document, deletion markers too.</summary>
    public static async Task<Digest> HashAsync(DbTransaction transaction, DeviceId device) =>
        ConfigDocumentHash.Of((await transaction.QueryAsync<ConfigRow>(VectorsSql, new { device })).Select(row => (row.Key, ToVector(row.Vector))));

    private const string SaveSql = """
        INSERT INTO device_configs (device_id, config_key, value, vector, hlc_wall, hlc_logical, writer, rule_version, version, updated_at)
        VALUES (@device, @key, @value, @vector, @wall, @logical, @writer, @ruleVersion, @version, @now)
        ON CONFLICT (device_id, config_key) DO UPDATE SET value = excluded.value, vector = excluded.vector, hlc_wall = excluded.hlc_wall,
          hlc_logical = excluded.hlc_logical, writer = excluded.writer, rule_version = excluded.rule_version, version = excluded.version, updated_at = excluded.updated_at
        """;

    public static Task SaveAsync(DbTransaction transaction, DeviceId device, ConfigEntry entry, long version, long now) =>
        transaction.ExecuteAsync(SaveSql, new
        {
            device,
            key = entry.Key,
            value = entry.Value?.Text,
            vector = FromVector(entry.Vector),
            wall = entry.Time.Wall,
            logical = entry.Time.Logical,
            writer = entry.Writer,
            ruleVersion = entry.RuleVersion,
            version,
            now,
        });

    public static string FromVector(VersionVector vector) => JsonSerializer.Serialize(vector, ProtocolJson.Default.VersionVector);

    private static VersionVector ToVector(string text) => JsonSerializer.Deserialize(text, ProtocolJson.Default.VersionVector)!;
}
