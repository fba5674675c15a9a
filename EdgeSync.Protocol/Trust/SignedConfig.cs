using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeSync.Protocol;

/// <summary>The value of a configuration key under <c>edgesync.</c>, as a <see cref="FleetStatement"/> of type <see cref="StatementType"/>: nobody but the fleet can make one, for no other device and key.</summary>
/// <param name="Device">Whom it is for; null, and written so, for every device of the fleet.</param>
/// <param name="Key">The configuration key.</param>
/// <param name="Value">The value.</param>
public sealed record SignedConfig([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DeviceId? Device, string Key, JsonValue Value)
{
    /// <summary>The statement's type.</summary>
    public const string StatementType = "edgesync-config+jws";

    private const string Member = "signed";

    /// <summary>What a document of configuration holds under such a key: <c>{"signed": STATEMENT}</c>.</summary>
    public static JsonValue Carry(string statement) =>
        new(JsonSerializer.Serialize(new Dictionary<string, string> { [Member] = statement }, ProtocolJson.Default.DictionaryStringString));

    /// <summary>The statement that a value carries, not checked; null when it carries none.</summary>
    public static string? Carried(JsonValue? value)
    {
        try
        {
            using var json = JsonDocument.Parse(value?.Text ?? "null");
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty(Member, out var statement) && statement.ValueKind == JsonValueKind.String
                    ? statement.GetString()
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
