using System.Text;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Values of keys under <c>edgesync.</c>: stored as <c>{"signed": STATEMENT}</c>, which the device checks against the fleet's root before it believes it.</summary>
internal static class SealedConfig
{
    /// <summary>What is wrong with a value that an operator writes, or null.</summary>
    public static string? Check(string key, JsonValue value) => key != PinSet.ConfigKey || IsPinSet(value) ? null
        : $"A set of pins is {{\"pins\": [...]}} with 1 to {PinSet.PinsMax} different ones, each 'sha256/' and the base64 of a key's SHA-256.";

    /// <summary>The value as it is stored; null when nobody can sign.</summary>
    public static JsonValue? Seal(FleetAuthority authority, DeviceId device, string key, JsonValue value) =>
        authority.Sign(new SignedConfig(device, key, value)) is { } statement
            ? SignedConfig.Carry(statement)
            : null;

    /// <summary>
    /// The values as they are stored for a device; null when nobody can sign. Before a transaction, which may run more than once: no two signatures are the same.
    /// </summary>
    public static IReadOnlyDictionary<string, JsonValue?>? SealAll(FleetAuthority authority, DeviceId device, IReadOnlyDictionary<string, JsonValue> values, FieldErrors errors)
    {
        var stored = new Dictionary<string, JsonValue?>(values.Count, StringComparer.Ordinal);
        foreach (var (key, value) in values)
        {
            if (ConfigMessageRules.IsDeletion(value))
            {
                stored.Add(key, null);
            }
            else if (!ConfigDecision.IsReserved(key))
            {
                stored.Add(key, value);
            }
            else if (Seal(authority, device, key, value) is { } isSealed)
            {
                errors.Add($"values.{key}", CheckSize(isSealed));
                stored.Add(key, isSealed);
            }
            else
            {
                return null;
            }
        }

        return stored;
    }

    /// <summary>What is wrong with a sealed value's size, or null.</summary>
    public static string? CheckSize(JsonValue stored) => Encoding.UTF8.GetByteCount(stored.Text) <= Limits.ConfigValueBytesMax ? null
        : $"With the fleet's signature and certificates the value has more than {Limits.ConfigValueBytesMax} bytes; write a shorter one.";

    private static bool IsPinSet(JsonValue value)
    {
        try
        {
            return JsonSerializer.Deserialize(value.Text, ProtocolJson.Default.PinSet) is { Pins: var pins }
                && PinSet.HasForm(pins) && pins.Distinct(StringComparer.Ordinal).Count() == pins.Count;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
