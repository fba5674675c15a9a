using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Reads what the fleet has signed for a key of a device's configuration.</summary>
internal static class SignedConfigReader
{
    /// <summary>The value, and when it was signed.</summary>
    /// <param name="statement">A <see cref="FleetStatement"/>.</param>
    /// <param name="device">The device that reads it.</param>
    /// <param name="key">The key that it was found under.</param>
    /// <param name="roots">The fleet's roots.</param>
    /// <exception cref="FormatException">The fleet did not say this of this device and key; the message says what is wrong.</exception>
    public static (JsonValue Value, DateTimeOffset SignedAt) Read(string statement, DeviceId device, string key, X509Certificate2Collection roots)
    {
        var content = FleetStatement.Read(statement, SignedConfig.StatementType, roots) ?? throw new FormatException("It is no statement of this device's fleet.");
        var said = Parse(content.Payload.Span);
        if (said.Device is { } other && other != device)
        {
            throw new FormatException($"It is signed for the device {other}.");
        }

        return said.Key == key ? (said.Value, content.SignedAt) : throw new FormatException($"It is signed for the key {said.Key}.");
    }

    /// <summary>The pins of a statement for <see cref="PinSet.ConfigKey"/>.</summary>
    /// <exception cref="FormatException">The fleet did not say this, or it is no set of pins.</exception>
    public static KnownPins ReadPins(string statement, DeviceId device, X509Certificate2Collection roots)
    {
        var (value, signedAt) = Read(statement, device, PinSet.ConfigKey, roots);
        try
        {
            var set = JsonSerializer.Deserialize(value.Text, ProtocolJson.Default.PinSet);
            return set is not null && PinDecision.CheckForm(set.Pins) is null ? new KnownPins(set.Pins, signedAt) : throw new FormatException(PinDecision.CheckForm(set?.Pins ?? []));
        }
        catch (JsonException e)
        {
            throw new FormatException("Its value is no set of pins.", e);
        }
    }

    private static SignedConfig Parse(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload, ProtocolJson.Default.SignedConfig) ?? throw new FormatException("It says nothing.");
        }
        catch (JsonException e)
        {
            throw new FormatException("It does not say what a configuration's statement says.", e);
        }
    }
}
