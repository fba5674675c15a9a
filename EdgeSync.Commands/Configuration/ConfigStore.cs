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
        database.ReadAsync(transaction => ReadAsync(transaction, device), cancellationToken);

    private static async Task<ConfigDocument> ReadAsync(DbTransaction transaction, DeviceId device)
    {
        var head = await ConfigHead.ReadAsync(transaction, device);
        return new ConfigDocument(
            device,
            head.Version,
            // Ordered here: databases order text each by its own rules.
            [.. (await transaction.QueryAsync<ConfigRow>(DocumentSql, new { device, limit = Limits.ConfigKeysMax })).OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => row.ToView())],
            await ConfigRow.HashAsync(transaction, device),
            head.DeviceVersion,
            head.DeviceSyncedAt);
    }

    /// <summary>A key; null for one that does not exist or was deleted.</summary>
    public Task<ConfigView?> FindAsync(DeviceId device, string key, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async transaction => await ConfigRow.FindAsync(transaction, device, key) is { IsDeleted: false } row ? row.ToView() : null,
            cancellationToken);

    private const string CountSql = "SELECT COUNT(*) FROM device_configs WHERE device_id = @device";

    /// <summary>Writes a key, or deletes it where there is no value.</summary>
    public Task<WriteOutcome> WriteAsync(
        DeviceId device, string key, JsonValue? value, long? expectedVersion, long now, CancellationToken cancellationToken, ConfigHealth? health = null) =>
        database.WriteOnceAsync(transaction => WriteAsync(transaction, device, key, value, expectedVersion, now, health), cancellationToken);

    /// <summary>The same within a transaction that writes something else too.</summary>
    public static async Task<Written<WriteOutcome>> WriteAsync(
        DbTransaction transaction, DeviceId device, string key, JsonValue? value, long? expectedVersion, long now, ConfigHealth? health = null)
    {
        var head = await ConfigHead.LockAsync(transaction, device);
        var row = await ConfigRow.FindAsync(transaction, device, key);
        if (value is null && row is null or { IsDeleted: true })
        {
            return new(row is null ? new KeyMissing() : new KeyUnchanged(), null);
        }

        // A deleted key reads as one that does not exist: its version is 0 for those who look.
        var version = row is { IsDeleted: false } ? row.Version : 0;
        return expectedVersion is { } expected && expected != version
            ? new(new VersionTaken(version), null)
            : await WriteAsync(transaction, device, head, [new KeyChange(key, value, row)], health, "key", now);
    }

    /// <summary>Writes several keys, all or none.</summary>
    /// <param name="device">Whose.</param>
    /// <param name="values">Key to value; no value deletes.</param>
    /// <param name="expectedVersion">The document's version that the writer saw; null to write whatever is there.</param>
    /// <param name="health">The condition that they are under.</param>
    /// <param name="now">Microseconds since 1970.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What became of it, and the document after it.</returns>
    public Task<(WriteOutcome Outcome, ConfigDocument Document)> WriteAllAsync(
        DeviceId device, IReadOnlyDictionary<string, JsonValue?> values, long? expectedVersion, ConfigHealth? health, long now, CancellationToken cancellationToken) =>
        database.WriteOnceAsync<(WriteOutcome, ConfigDocument)>(
            async transaction =>
            {
                var (outcome, stands) = await WriteAllAsync(transaction, device, values, expectedVersion, health, now);
                return new((outcome, await ReadAsync(transaction, device)), stands);
            },
            cancellationToken);

    /// <summary>The same within a transaction that writes something else too.</summary>
    public static async Task<Written<WriteOutcome>> WriteAllAsync(
        DbTransaction transaction, DeviceId device, IReadOnlyDictionary<string, JsonValue?> values, long? expectedVersion, ConfigHealth? health, long now)
    {
        var head = await ConfigHead.LockAsync(transaction, device);
        if (expectedVersion is { } expected && expected != head.Version)
        {
            return new(new VersionTaken(head.Version), null);
        }

        var changes = new List<KeyChange>(values.Count);
        foreach (var (key, value) in values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var row = await ConfigRow.FindAsync(transaction, device, key);
            if (value is not null || row is { IsDeleted: false })
            {
                changes.Add(new KeyChange(key, value, row));
            }
        }

        return changes.Count == 0 ? new(new KeyUnchanged(), null) : await WriteAsync(transaction, device, head, changes, health, "values", now);
    }

    private static async Task<Written<WriteOutcome>> WriteAsync(
        DbTransaction transaction, DeviceId device, ConfigHead head, IReadOnlyList<KeyChange> changes, ConfigHealth? health, string field, long now)
    {
        var errors = new FieldErrors();
        if (changes.Count(change => change.Row is null) is > 0 and var added)
        {
            errors.Add(field, ConfigMessageRules.CheckCount(added + await transaction.ScalarAsync<long>(CountSql, new { device })));
        }

        var entries = new List<ConfigEntry>(changes.Count);
        foreach (var change in changes)
        {
            var entry = ConfigDecision.Write(change.Row?.ToEntry(), change.Key, change.Value, head.Clock, now, health);
            errors.Add(field, ConfigMessageRules.CheckVector(entry.Vector));
            head = head.Next(entry);
            entries.Add(entry);
        }

        if (errors.Any)
        {
            return new(new WriteRefused(errors), null);
        }

        var version = head.Version - entries.Count;
        foreach (var entry in entries)
        {
            await ConfigRow.SaveAsync(transaction, device, entry, ++version, now);
        }

        await head.SaveAsync(transaction, device);
        var (last, row) = (entries[^1], changes[^1].Row);
        var written = new KeyWritten(new ConfigView(last, head.Version, now, row?.ToReport(), row?.ReportedAt), await HintStore.BumpAsync(transaction, device, now), entries.Count);
        return new(written, transaction => ConfigRow.StandsAsync(transaction, device, last, head.Version));
    }

    private sealed record KeyChange(string Key, JsonValue? Value, ConfigRow? Row);
}

/// <summary>What became of an operator's write.</summary>
internal abstract record WriteOutcome;

/// <param name="View">The key, the last one of several.</param>
/// <param name="IntentVersion">What the device is told by.</param>
/// <param name="Keys">How many were written.</param>
internal sealed record KeyWritten(ConfigView View, long IntentVersion, int Keys) : WriteOutcome;

/// <summary>Nothing to delete: it was deleted before.</summary>
internal sealed record KeyUnchanged : WriteOutcome;

/// <summary>Nothing to delete: it never existed.</summary>
internal sealed record KeyMissing : WriteOutcome;

/// <summary>The key, or the document, has another version than the writer saw.</summary>
internal sealed record VersionTaken(long Version) : WriteOutcome;

internal sealed record WriteRefused(FieldErrors Errors) : WriteOutcome;
