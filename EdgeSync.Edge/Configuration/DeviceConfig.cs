using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>Says why a value cannot be in force on this device, or null when it can.</summary>
/// <param name="key">The key.</param>
/// <param name="value">The value; null for a deletion.</param>
public delegate string? ConfigValidator(string key, JsonValue? value);

/// <summary>A value in force that changed.</summary>
/// <param name="key">The key.</param>
/// <param name="value">Its value now; null when it is gone.</param>
/// <param name="byControlPlane">Whether the control plane changed it, or the device itself.</param>
public sealed class ConfigChangedEventArgs(string key, JsonValue? value, bool byControlPlane) : EventArgs
{
    /// <summary>The key.</summary>
    public string Key { get; } = key;

    /// <summary>Its value now; null when it is gone.</summary>
    public JsonValue? Value { get; } = value;

    /// <summary>Whether the control plane changed it, or the device itself.</summary>
    public bool ByControlPlane { get; } = byControlPlane;
}

/// <summary>The device's configuration: read and written here, offline too; merged with the control plane's when it syncs. Safe for several threads.</summary>
public sealed partial class DeviceConfig
{
    private const int ReasonCharactersMax = 512;

    private readonly ConfigStore _store;
    private readonly ReservedConfig _reserved;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    internal DeviceConfig(ConfigStore store, ReservedConfig reserved, TimeProvider time, ILogger logger) =>
        (_store, _reserved, _time, _logger) = (store, reserved, time, logger);

    /// <summary>Raised after a value in force has changed, on the thread that changed it. A handler must be short; what it throws is logged and holds up nobody.</summary>
    public event EventHandler<ConfigChangedEventArgs>? Changed;

    /// <summary>Asked before a value from the control plane comes into force; what it rejects is reported, and the value before stays. One that throws rejects.</summary>
    public ConfigValidator? Validator { get; set; }

    internal Action Written { get; set; } = static () => { };

    /// <summary>The value in force, or null.</summary>
    public JsonValue? Get(string key) => _store.Get(key);

    /// <summary>All values in force.</summary>
    public IReadOnlyDictionary<string, JsonValue> All() => _store.ReadAll();

    /// <summary>Writes a value as the device; it is in force when this returns, and goes to the control plane with the next sync.</summary>
    /// <returns>The write as it is counted: its vector names it in the conflict log.</returns>
    /// <exception cref="ArgumentException">The key or the value is not allowed; the message says what is.</exception>
    /// <exception cref="InvalidOperationException">The configuration has no room for another key, or the key for another writer.</exception>
    public ConfigEntry Set(string key, JsonValue value) => Tell(Store(key, value));

    /// <summary>Deletes a key as the device.</summary>
    /// <returns>The write as it is counted.</returns>
    /// <exception cref="ArgumentException">The key is not allowed; the message says what is.</exception>
    /// <exception cref="InvalidOperationException">As for a value.</exception>
    public ConfigEntry Delete(string key) => Tell(Write(key, null));

    /// <summary>Writes a value and tells nobody yet, for a transaction that may still be rolled back.</summary>
    /// <returns>The write; <see cref="Tell(ConfigEntry)"/> tells of it.</returns>
    internal ConfigEntry Store(string key, JsonValue value)
    {
        if (ConfigEntryRules.CheckValue(value) is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(value));
        }

        if (value.Text is null || !JsonText.IsValid(value.Text, Limits.PayloadDepthMax))
        {
            throw new ArgumentException($"'{value.Text}' is not JSON; a text needs quotes, e.g. \"fast\".", nameof(value));
        }

        return Write(key, value);
    }

    internal string? Reject(string key, JsonValue? value) =>
        ((ConfigDecision.IsReserved(key) ? _reserved.Take(key, value) : null) ?? Ask(key, value)) is { } reason ? (reason.Length <= ReasonCharactersMax ? reason : reason[..ReasonCharactersMax]) : null;

    internal void Tell(IReadOnlyList<ConfigChange> changes, bool byControlPlane)
    {
        var handlers = Changed?.GetInvocationList() ?? [];
        foreach (var change in changes)
        {
            foreach (var handler in handlers)
            {
                Tell((EventHandler<ConfigChangedEventArgs>)handler, new ConfigChangedEventArgs(change.Key, change.Value, byControlPlane));
            }
        }
    }

#pragma warning disable CA1031 // Validators and handlers are the device program's code: what they throw is theirs, and the agent goes on.
    private string? Ask(string key, JsonValue? value)
    {
        try
        {
            return Validator?.Invoke(key, value);
        }
        catch (Exception e)
        {
            LogValidatorThrew(e, key);
            return $"The validator failed: {e.GetType().Name}: {e.Message}";
        }
    }

    private void Tell(EventHandler<ConfigChangedEventArgs> handler, ConfigChangedEventArgs change)
    {
        try
        {
            handler(this, change);
        }
        catch (Exception e)
        {
            LogHandlerThrew(e, change.Key);
        }
    }
#pragma warning restore CA1031

    /// <summary>Tells of a write of this device.</summary>
    internal ConfigEntry Tell(ConfigEntry written)
    {
        Tell([new ConfigChange(written.Key, written.Value)], byControlPlane: false);
        Written();
        return written;
    }

    private ConfigEntry Write(string key, JsonValue? value)
    {
        if (ConfigEntryRules.CheckKey(key) is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(key));
        }

        if (ConfigDecision.IsReserved(key))
        {
            throw new ArgumentException($"Keys under {ConfigWriters.ReservedPrefix} are the control plane's alone; choose another key.", nameof(key));
        }

        return _store.Set(key, value, _time.GetMicroseconds());
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The validator failed for configuration key {Key}; the value is rejected")]
    private partial void LogValidatorThrew(Exception exception, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A handler of configuration changes failed for key {Key}")]
    private partial void LogHandlerThrew(Exception exception, string key);
}
