using System.Data.Common;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>A row of <c>device_configs</c>.</summary>
internal sealed class ConfigRow
{
    /// <summary>Read only where rows of several devices are.</summary>
    public DeviceId Device { get; init; }

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

    public string? ReportedValue { get; init; }

    public long? ReportedAt { get; init; }

    public string? Health { get; init; }

    public const string Columns = """
        config_key AS Key, value AS Value, vector AS Vector, hlc_wall AS HlcWall, hlc_logical AS HlcLogical, writer AS Writer, rule_version AS RuleVersion,
        version AS Version, updated_at AS UpdatedAt, report_vector AS ReportVector, report_status AS ReportStatus, report_reason AS ReportReason,
        reported_value AS ReportedValue, reported_at AS ReportedAt, health AS Health
        """;

    public bool IsDeleted => Value is null;

    public ConfigEntry ToEntry() => new(
        Key, VersionVector.FromJson(Vector), new HybridTime(HlcWall, HlcLogical), Writer, RuleVersion, JsonValue.From(Value),
        Health: Health is null ? null : JsonSerializer.Deserialize(Health, ProtocolJson.Default.ConfigHealth));

    public ConfigReport? ToReport() => ReportVector is null || ReportStatus is null
        ? null
        : new ConfigReport(Key, VersionVector.FromJson(ReportVector), Words.Parse<ConfigStatus>(ReportStatus), ReportReason, JsonValue.From(ReportedValue));

    public ConfigView ToView() => new(ToEntry(), Version, UpdatedAt, ToReport(), ReportedAt);

    private const string FindSql = $"SELECT {Columns} FROM device_configs WHERE device_id = @device AND config_key = @key";

    public static Task<ConfigRow?> FindAsync(DbTransaction transaction, DeviceId device, string key) =>
        transaction.FindAsync<ConfigRow>(FindSql, new { device, key });

    /// <summary>Whether the key still has what a version gave it.</summary>
    public static async Task<bool> StandsAsync(DbTransaction transaction, DeviceId device, ConfigEntry entry, long version) =>
        await FindAsync(transaction, device, entry.Key) is { } row && row.Version == version && row.ToEntry() == entry;

    private const string VectorsSql = "SELECT config_key AS Key, vector AS Vector FROM device_configs WHERE device_id = @device";

    /// <summary>The hash of the whole document, deletion markers too.</summary>
    public static async Task<Digest> HashAsync(DbTransaction transaction, DeviceId device) =>
        ConfigDocumentHash.Of((await transaction.QueryAsync<ConfigRow>(VectorsSql, new { device })).Select(row => (row.Key, VersionVector.FromJson(row.Vector))));

    private const string SaveSql = """
        INSERT INTO device_configs (device_id, config_key, value, vector, hlc_wall, hlc_logical, writer, rule_version, version, updated_at, health)
        VALUES (@device, @key, @value, @vector, @wall, @logical, @writer, @ruleVersion, @version, @now, @health)
        ON CONFLICT (device_id, config_key) DO UPDATE SET value = excluded.value, vector = excluded.vector, hlc_wall = excluded.hlc_wall,
          hlc_logical = excluded.hlc_logical, writer = excluded.writer, rule_version = excluded.rule_version, version = excluded.version, updated_at = excluded.updated_at,
          health = excluded.health
        """;

    public static Task SaveAsync(DbTransaction transaction, DeviceId device, ConfigEntry entry, long version, long now) =>
        transaction.ExecuteAsync(SaveSql, new
        {
            device,
            key = entry.Key,
            value = entry.Value?.Text,
            vector = entry.Vector.ToJson(),
            wall = entry.Time.Wall,
            logical = entry.Time.Logical,
            writer = entry.Writer,
            ruleVersion = entry.RuleVersion,
            version,
            now,
            health = entry.Health is null ? null : JsonSerializer.Serialize(entry.Health, ProtocolJson.Default.ConfigHealth),
        });

    private const int ReportReasonCharsMax = 1_024;

    private const string ReportSql = """
        UPDATE device_configs SET report_vector = @vector, report_status = @status, report_reason = @reason, reported_value = @value, reported_at = @now
        WHERE device_id = @device AND config_key = @key
        """;

    /// <summary>Keeps what a device said of a value; of one that it has said something newer of, nothing.</summary>
    public static async Task ReportAsync(DbTransaction transaction, DeviceId device, ConfigReport report, long now)
    {
        if (await FindAsync(transaction, device, report.Key) is { } row && row.ToReport()?.Vector.CompareTo(report.Vector) != VectorOrder.After)
        {
            await transaction.ExecuteAsync(ReportSql, new
            {
                device,
                key = report.Key,
                vector = report.Vector.ToJson(),
                status = Words.Of(report.Status),
                reason = Texts.Cut(report.Reason, ReportReasonCharsMax),
                value = report.InForce?.Text,
                now,
            });
        }
    }
}
