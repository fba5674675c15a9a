using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>A device's document: its version and the latest time given or seen in it.</summary>
internal sealed record ConfigHead(long Version, HybridTime Clock)
{
    private static readonly ConfigHead Empty = new(0, default);

    private const string ReadSql = "SELECT version AS Version, hlc_wall AS Wall, hlc_logical AS Logical FROM device_config_heads WHERE device_id = @device";

    public static async Task<ConfigHead> ReadAsync(DbTransaction transaction, DeviceId device) =>
        await transaction.FindAsync<HeadRow>(ReadSql, new { device }) is { } row ? row.ToHead() : Empty;

    private const string LockSql = """
        INSERT INTO device_config_heads (device_id, version, hlc_wall, hlc_logical) VALUES (@device, 0, 0, 0)
        ON CONFLICT (device_id) DO UPDATE SET version = device_config_heads.version
        RETURNING version AS Version, hlc_wall AS Wall, hlc_logical AS Logical
        """;

    /// <summary>Holds the document's row until the transaction ends: its changes come one after another.</summary>
    public static async Task<ConfigHead> LockAsync(DbTransaction transaction, DeviceId device) =>
        (await transaction.FindAsync<HeadRow>(LockSql, new { device }))!.ToHead();

    private const string SaveSql = "UPDATE device_config_heads SET version = @version, hlc_wall = @wall, hlc_logical = @logical WHERE device_id = @device";

    public Task SaveAsync(DbTransaction transaction, DeviceId device) =>
        transaction.ExecuteAsync(SaveSql, new { device, version = Version, wall = Clock.Wall, logical = Clock.Logical });

    /// <summary>After one more entry.</summary>
    public ConfigHead Next(ConfigEntry entry) => new(Version + 1, HybridTime.Max(Clock, entry.Time));

    private sealed class HeadRow
    {
        public long Version { get; init; }

        public long Wall { get; init; }

        public int Logical { get; init; }

        public ConfigHead ToHead() => new(Version, new HybridTime(Wall, Logical));
    }
}
