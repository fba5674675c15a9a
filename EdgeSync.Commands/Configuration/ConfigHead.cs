using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>A device's document: its version and the latest time given or seen in it.</summary>
/// <param name="Version">Grows with every change.</param>
/// <param name="Clock">The latest time.</param>
/// <param name="DeviceVersion">The version that the device was told of last; null until its first exchange.</param>
/// <param name="DeviceSyncedAt">When that was.</param>
internal sealed record ConfigHead(long Version, HybridTime Clock, long? DeviceVersion = null, long? DeviceSyncedAt = null)
{
    private const string Columns = "version AS Version, hlc_wall AS Wall, hlc_logical AS Logical, device_version AS DeviceVersion, device_synced_at AS DeviceSyncedAt";

    private static readonly ConfigHead Empty = new(0, default);

    private const string ReadSql = $"SELECT {Columns} FROM device_config_heads WHERE device_id = @device";

    public static async Task<ConfigHead> ReadAsync(DbTransaction transaction, DeviceId device) =>
        await transaction.FindAsync<HeadRow>(ReadSql, new { device }) is { } row ? row.ToHead() : Empty;

    private const string LockSql = $"""
        INSERT INTO device_config_heads (device_id, version, hlc_wall, hlc_logical) VALUES (@device, 0, 0, 0)
        ON CONFLICT (device_id) DO UPDATE SET version = device_config_heads.version
        RETURNING {Columns}
        """;

    /// <summary>Holds the document's row until the transaction ends: its changes come one after another.</summary>
    public static async Task<ConfigHead> LockAsync(DbTransaction transaction, DeviceId device) =>
        (await transaction.FindAsync<HeadRow>(LockSql, new { device }))!.ToHead();

    private const string SaveSql = """
        UPDATE device_config_heads SET version = @version, hlc_wall = @wall, hlc_logical = @logical, device_version = @deviceVersion, device_synced_at = @deviceSyncedAt
        WHERE device_id = @device
        """;

    public Task SaveAsync(DbTransaction transaction, DeviceId device) =>
        transaction.ExecuteAsync(SaveSql, new { device, version = Version, wall = Clock.Wall, logical = Clock.Logical, deviceVersion = DeviceVersion, deviceSyncedAt = DeviceSyncedAt });

    /// <summary>After one more entry.</summary>
    public ConfigHead Next(ConfigEntry entry) => this with { Version = Version + 1, Clock = HybridTime.Max(Clock, entry.Time) };

    /// <summary>After the device was told of a version; the same where it was before, and of an empty document.</summary>
    public ConfigHead Told(long version, long now) => Version == 0 || version == DeviceVersion ? this : this with { DeviceVersion = version, DeviceSyncedAt = now };

    private sealed class HeadRow
    {
        public long Version { get; init; }

        public long Wall { get; init; }

        public int Logical { get; init; }

        public long? DeviceVersion { get; init; }

        public long? DeviceSyncedAt { get; init; }

        public ConfigHead ToHead() => new(Version, new HybridTime(Wall, Logical), DeviceVersion, DeviceSyncedAt);
    }
}
