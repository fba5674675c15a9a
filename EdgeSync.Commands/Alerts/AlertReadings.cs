using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>What a rule sees of a device, or of the fleet where it is the empty id.</summary>
internal sealed record AlertObservation(DeviceId Device, string? Name, string? Labels, double Value)
{
    /// <summary>Of no device.</summary>
    public static AlertObservation OfFleet(double value) => new(default, null, null, value);
}

/// <summary>A device whose value is far enough from good that a rule may care.</summary>
internal sealed record DeviceAmount
{
    public DeviceId Device { get; init; }

    public string Name { get; init; } = "";

    public string Labels { get; init; } = "{}";

    /// <summary>The value as the database has it, in microseconds or as a count.</summary>
    public long Amount { get; init; }
}

/// <summary>So many of so many, for all devices with the same labels; or for one queue.</summary>
internal sealed record LabelShare
{
    public string Labels { get; init; } = "{}";

    public long Part { get; init; }

    public long Whole { get; init; }
}

/// <summary>What was read of fleet and control plane for one round of evaluation. Pure.</summary>
/// <param name="Devices">Devices by kind; one that is missing is well.</param>
/// <param name="Shares">Shares by kind.</param>
internal sealed record AlertReadings(
    IReadOnlyDictionary<AlertKind, IReadOnlyList<DeviceAmount>> Devices, IReadOnlyDictionary<AlertKind, IReadOnlyList<LabelShare>> Shares)
{
    /// <summary>What a rule sees; none where it is well.</summary>
    public IEnumerable<AlertObservation> Of(AlertRule rule)
    {
        var matches = Matcher(rule.Selector);
        if (AlertKinds.IsOfDevices(rule.Kind))
        {
            return Devices.GetValueOrDefault(rule.Kind, []).Where(device => matches(device.Labels))
                .Select(device => new AlertObservation(device.Device, device.Name, device.Labels, device.Amount / AlertKinds.PerUnit(rule.Kind)));
        }

        var shares = Shares.GetValueOrDefault(rule.Kind, []).Where(share => matches(share.Labels)).ToList();
        double? value = rule.Kind switch
        {
            _ when shares.Count == 0 => null,
            AlertKind.ErrorRate => shares.Sum(share => share.Whole) is > 0 and var whole ? 100.0 * shares.Sum(share => share.Part) / whole : null,
            AlertKind.QueueSaturation => shares.Max(share => 100.0 * share.Part / Math.Max(1, share.Whole)),
            AlertKind.ConflictRate => (double)shares.Sum(share => share.Part) / AlertKinds.ConflictMinutes,
            _ => shares.Max(share => share.Part) / AlertKinds.PerUnit(rule.Kind),
        };
        return value is { } seen ? [AlertObservation.OfFleet(seen)] : [];
    }

    /// <summary>Whether a device with such labels is meant by a selector; every device where there is none.</summary>
    public static Func<string?, bool> Matcher(string? selector)
    {
        if (selector is null || !LabelSelector.TryParse(selector, out var parsed, out _))
        {
            return selector is null ? _ => true : _ => false;
        }

        return labels => labels is not null && parsed.Matches(JsonSerializer.Deserialize(labels, ProtocolJson.Default.DictionaryStringString)!);
    }
}
