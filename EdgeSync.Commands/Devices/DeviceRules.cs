using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What makes a registration acceptable.</summary>
internal static class DeviceRules
{
    public const int RegistrationsMax = 1_000;

    private const int NameCharsMax = 128;
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
            errors.Add($"devices[{i}].name", device.Name.Length is > 0 and <= NameCharsMax && !device.Name.Any(char.IsControl) ? null
                : $"A name has 1 to {NameCharsMax} characters, none of them control characters.");
            errors.Add($"devices[{i}].labels", device.Labels is null || AreLabels(device.Labels) ? null
                : $"At most {LabelsMax} labels, with names of 1 to {LabelNameBytesMax} and values of at most {LabelBytesMax} bytes.");
        }

        return errors;
    }

    private static bool AreLabels(Dictionary<string, string> labels) =>
        labels.Count <= LabelsMax
        && labels.All(label => Texts.HasBytes(label.Key, 1, LabelNameBytesMax) && label.Value is not null && Texts.HasBytes(label.Value, 0, LabelBytesMax));
}
