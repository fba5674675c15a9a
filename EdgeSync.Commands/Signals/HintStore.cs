using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>A device's intent version: grows with every change that the device is to pull.</summary>
internal sealed class HintStore(ControlPlaneDatabase database)
{
    private const string BumpSql = """
        INSERT INTO device_hints (device_id, intent_version, changed_at) VALUES (@device, 1, @now)
        ON CONFLICT (device_id) DO UPDATE SET intent_version = device_hints.intent_version + 1, changed_at = excluded.changed_at
        RETURNING intent_version
        """;

    /// <summary>Counts a change within the transaction that makes it.</summary>
    public static Task<long> BumpAsync(DbTransaction transaction, DeviceId device, long now) =>
        transaction.ScalarAsync<long>(BumpSql, new { device, now });

    private const string BumpManySql = """
        INSERT INTO device_hints (device_id, intent_version, changed_at) SELECT device_id, 1, @now FROM unnest(@devices) AS d(device_id)
        ON CONFLICT (device_id) DO UPDATE SET intent_version = device_hints.intent_version + 1, changed_at = excluded.changed_at
        RETURNING device_id AS Device, intent_version AS IntentVersion
        """;

    /// <summary>Counts a change for each of some devices.</summary>
    public static async Task<List<DeviceHint>> BumpAsync(DbTransaction transaction, IReadOnlyCollection<DeviceId> devices, long now)
    {
        if (!transaction.IsEmbedded())
        {
            return devices.Count == 0 ? [] : ToHints(await transaction.QueryAsync<HintRow>(BumpManySql, new { devices = devices.Select(device => device.Value).ToArray(), now }));
        }

        var hints = new List<DeviceHint>(devices.Count);
        foreach (var device in devices)
        {
            hints.Add(new DeviceHint(device, await BumpAsync(transaction, device, now)));
        }

        return hints;
    }

    private const string ReadSql = "SELECT intent_version FROM device_hints WHERE device_id = @device";

    public static async Task<long> ReadAsync(DbTransaction transaction, DeviceId device) =>
        await transaction.FindAsync<long?>(ReadSql, new { device }) ?? 0;

    public Task<long> ReadAsync(DeviceId device, CancellationToken cancellationToken) =>
        database.ReadAsync(transaction => ReadAsync(transaction, device), cancellationToken);

    private const string ChangedSql = """
        SELECT device_id AS Device, intent_version AS IntentVersion FROM device_hints
        WHERE changed_at >= @since ORDER BY changed_at DESC LIMIT @max
        """;

    /// <summary>What changed since a time, the newest first.</summary>
    public Task<List<DeviceHint>> ChangedSinceAsync(long since, int max, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async transaction => ToHints(await transaction.QueryAsync<HintRow>(ChangedSql, new { since, max })),
            cancellationToken);

    private static List<DeviceHint> ToHints(List<HintRow> rows) => rows.ConvertAll(row => new DeviceHint(row.Device, row.IntentVersion));

    private sealed record HintRow(DeviceId Device, long IntentVersion);
}

/// <summary>A device and the intent version that it may not have heard of.</summary>
internal readonly record struct DeviceHint(DeviceId Device, long IntentVersion);
