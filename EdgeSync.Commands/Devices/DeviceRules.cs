using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What makes a registration acceptable.</summary>
internal static class DeviceRules
{
    public const int RegistrationsMax = 1_000;

    private const int NameCharsMax = 128;
    private const int ReasonCharsMax = 256;
    private const int LabelsMax = 32;
    private const int LabelNameBytesMax = 64;
    private const int LabelBytesMax = 256;

    public static FieldErrors Check(DeviceRegistrations registrations)
    {
        var errors = new FieldErrors();
        errors.Add("devices", registrations.Devices.Count is > 0 and <= RegistrationsMax ? null : $"Register 1 to {RegistrationsMax} devices at once.");
        var seen = new HashSet<DeviceId>();
        foreach (var (i, device) in registrations.Devices.Take(RegistrationsMax).Index())
        {
            if (device is null)
            {
                errors.Add($"devices[{i}]", "A device is missing.");
                continue;
            }

            errors.Add($"devices[{i}].id", device.Id.Value == Guid.Empty ? "A device id is a UUID." : seen.Add(device.Id) ? null : "The device is named twice.");
            errors.Add($"devices[{i}].name", CheckName(device.Name));
            errors.Add($"devices[{i}].labels", device.Labels is null ? null : CheckLabels(device.Labels));
        }

        return errors;
    }

    /// <summary>What is wrong with a device's name, or null.</summary>
    public static string? CheckName(string name) => name.Length is > 0 and <= NameCharsMax && !name.Any(char.IsControl) ? null
        : $"A name has 1 to {NameCharsMax} characters, none of them control characters.";

    /// <summary>What is wrong with labels, or null.</summary>
    public static string? CheckLabels(Dictionary<string, string> labels) =>
        labels.Count <= LabelsMax
        && labels.All(label => Texts.HasBytes(label.Key, 1, LabelNameBytesMax) && label.Value is not null && Texts.HasBytes(label.Value, 0, LabelBytesMax)) ? null
            : $"At most {LabelsMax} labels, with names of 1 to {LabelNameBytesMax} and values of at most {LabelBytesMax} bytes.";

    /// <summary>What is wrong with the reason of a revocation or a change of state, or null.</summary>
    public static string? CheckReason(string reason) => reason.Length is > 0 and <= ReasonCharsMax && !reason.Any(char.IsControl) ? null
        : $"A reason has 1 to {ReasonCharsMax} characters, none of them control characters.";
}
