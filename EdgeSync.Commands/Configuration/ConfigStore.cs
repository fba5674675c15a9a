using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>A device's configuration as operators see and write it.</summary>
internal sealed class ConfigStore(ControlPlaneDatabase database)
{
    private const string DocumentSql = $"""
        SELECT {ConfigRow.Columns} FROM device_configs WHERE device_id = @device AND value IS NOT NULL LIMIT @limit
        """;

    public Task<ConfigDocument> ReadAsync(DeviceId device, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async transaction => new ConfigDocument(
                device,
                (await ConfigHead.ReadAsync(transaction, device)).Version,
                // Ordered here: databases order text each by its own rules.
                [.. (await transaction.QueryAsync<ConfigRow>(DocumentSql, new { device, limit = Limits.ConfigKeysMax })).OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => row.ToView())],
                await ConfigRow.HashAsync(transaction, device)),
            cancellationToken);

    /// <summary>A key; null for one that does not exist or was deleted.</summary>
    public Task<ConfigView?> FindAsync(DeviceId device, string key, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async transaction => await ConfigRow.FindAsync(transaction, device, key) is { IsDeleted: false } row ? row.ToView() : null,
            cancellationToken);

    private const string CountSql = "SELECT COUNT(*) FROM device_configs WHERE device_id = @device";

    /// <summary>Writes a key, or deletes it where there is no value.</summary>
    public Task<WriteOutcome> WriteAsync(DeviceId device, string key, JsonValue? value, long? expectedVersion, long now, CancellationToken cancellationToken) =>
        database.WriteOnceAsync(transaction => WriteAsync(transaction, device, key, value, expectedVersion, now), cancellationToken);

    /// <summary>The same within a transaction that writes something else too.</summary>
    public static async Task<Written<WriteOutcome>> WriteAsync(DbTransaction transaction, DeviceId device, string key, JsonValue? value, long? expectedVersion, long now)
    {
        var head = await ConfigHead.LockAsync(transaction, device);
        var row = await ConfigRow.FindAsync(transaction, device, key);
        if (value is null && row is null or { IsDeleted: true })
        {
            return new(row is null ? new KeyMissing() : new KeyUnchanged(), null);
        }

        // A deleted key reads as one that does not exist: its version is 0 for those who look.
        var version = row is { IsDeleted: false } ? row.Version : 0;
        if (expectedVersion is { } expected && expected != version)
        {
            return new(new VersionTaken(version), null);
        }

        var keys = row is null ? 1 + await transaction.ScalarAsync<long>(CountSql, new { device }) : 0;
        if (ConfigMessageRules.CheckCount(keys) is { } full)
        {
            var errors = new FieldErrors();
            errors.Add("key", full);
            return new(new WriteRefused(errors), null);
        }

        var entry = ConfigDecision.Write(row?.ToEntry(), key, value, head.Clock, now);
        if (ConfigMessageRules.CheckVector(entry.Vector) is { } crowded)
        {
            var errors = new FieldErrors();
            errors.Add("key", crowded);
            return new(new WriteRefused(errors), null);
        }

        head = head.Next(entry);
        await ConfigRow.SaveAsync(transaction, device, entry, head.Version, now);
        await head.SaveAsync(transaction, device);
        var written = new KeyWritten(new ConfigView(entry, head.Version, now, row?.ToReport()), await HintStore.BumpAsync(transaction, device, now));
        return new(written, transaction => ConfigRow.StandsAsync(transaction, device, entry, head.Version));
    }
}

/// <summary>What became of an operator's write.</summary>
internal abstract record WriteOutcome;

internal sealed record KeyWritten(ConfigView View, long IntentVersion) : WriteOutcome;

/// <summary>Nothing to delete: it was deleted before.</summary>
internal sealed record KeyUnchanged : WriteOutcome;

/// <summary>Nothing to delete: it never existed.</summary>
internal sealed record KeyMissing : WriteOutcome;

/// <summary>The key has another version than the writer saw.</summary>
internal sealed record VersionTaken(long Version) : WriteOutcome;

internal sealed record WriteRefused(FieldErrors Errors) : WriteOutcome;
