using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Keys under <c>edgesync.</c>: only what the fleet has signed for this device and key comes into force.</summary>
internal sealed class ReservedConfig(DeviceId device, DeviceAccess access)
{
    private const string SignedMember = "signed";

    /// <summary>Takes a value of such a key.</summary>
    /// <returns>Why it cannot be in force; null when it can.</returns>
    public string? Take(string key, JsonValue? value)
    {
        if (access.Roots.Count == 0)
        {
            return "This device knows no root of its fleet to check it by; set AuthoritiesPath.";
        }

        if (ReadStatement(value) is not { } statement)
        {
            return $"A value under {ConfigWriters.ReservedPrefix} is {{\"{SignedMember}\": STATEMENT}}, signed by the fleet.";
        }

        return key == PinSet.ConfigKey && access.Managed is { } managed ? managed.Pins.Offer(statement) : Check(key, statement);
    }

    private string? Check(string key, string statement)
    {
        try
        {
            if (key == PinSet.ConfigKey)
            {
                SignedConfigReader.ReadPins(statement, device, access.Roots);
            }
            else
            {
                SignedConfigReader.Read(statement, device, key, access.Roots);
            }

            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private static string? ReadStatement(JsonValue? value)
    {
        try
        {
            using var json = JsonDocument.Parse(value?.Text ?? "null");
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty(SignedMember, out var signed) && signed.ValueKind == JsonValueKind.String
                    ? signed.GetString()
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
