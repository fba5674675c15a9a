using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Keys under <c>edgesync.</c>: only what the fleet has signed for this device and key comes into force.</summary>
internal sealed class ReservedConfig(DeviceId device, DeviceAccess access)
{
    /// <summary>Takes a value of such a key.</summary>
    /// <returns>Why it cannot be in force; null when it can.</returns>
    public string? Take(string key, JsonValue? value)
    {
        if (access.Roots.Count == 0)
        {
            return "This device knows no root of its fleet to check it by; set AuthoritiesPath.";
        }

        if (SignedConfig.Carried(value) is not { } statement)
        {
            return $"A value under {ConfigWriters.ReservedPrefix} is {{\"signed\": STATEMENT}}, signed by the fleet.";
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
}
