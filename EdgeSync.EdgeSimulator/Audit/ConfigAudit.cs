namespace EdgeSync.EdgeSimulator;

/// <summary>Compares a device's configuration with the control plane's, key by key. Pure.</summary>
internal static class ConfigAudit
{
    public static void Check(string device, DeviceFile? file, StoredDevice stored, AuditResult result)
    {
        if (file is null)
        {
            return;
        }

        foreach (var key in file.Config.Keys.Union(stored.Config.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (there, here) = (stored.Config.GetValueOrDefault(key), file.Config.GetValueOrDefault(key));
            if (there != here)
            {
                result.Differ($"{device} configuration {key}: {here ?? "absent"} on the device, {there ?? "absent"} in the control plane");
            }
        }
    }
}
