using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>Compares a device's configuration with the control plane's, key by key, deletion markers too. Pure.</summary>
internal static class ConfigAudit
{
    /// <summary>Checks a device's document.</summary>
    /// <param name="device">How sentences name it.</param>
    /// <param name="file">Its file; null when it is gone.</param>
    /// <param name="stored">What the control plane has of it.</param>
    /// <param name="written">Keys that the journals know. No program on a virtual device rejects them: what they say is in force.</param>
    /// <param name="result">Takes what is wrong.</param>
    public static void Check(string device, DeviceFile? file, StoredDevice stored, IReadOnlySet<string> written, AuditResult result)
    {
        if (file is null)
        {
            return;
        }

        result.DocumentsCompared++;
        if (file.ConfigVersion != stored.ConfigVersion)
        {
            result.Differ($"{device} configuration: version {file.ConfigVersion} on the device, {stored.ConfigVersion} in the control plane");
        }

        foreach (var key in file.Config.Keys.Union(stored.Config.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (there, here) = (stored.Config.GetValueOrDefault(key), file.Config.GetValueOrDefault(key));
            if (Describe(there) != Describe(here?.Entry))
            {
                result.Differ($"{device} configuration {key}: {Describe(here?.Entry)} on the device, {Describe(there)} in the control plane");
            }
            else if (written.Contains(key) && here!.InForce != here.Entry.Value)
            {
                result.Differ($"{device} configuration {key}: {here.Entry.Value?.Text ?? "deleted"} in the document, {here.InForce?.Text ?? "nothing"} in force");
            }
        }

        if (Hash(file.Config.Values.Select(row => row.Entry)) is var hash && hash != Hash(stored.Config.Values))
        {
            result.Differ($"{device} configuration: hash {hash} on the device, {Hash(stored.Config.Values)} in the control plane");
        }
    }

    private static Digest Hash(IEnumerable<ConfigEntry> document) => ConfigDocumentHash.Of(document.Select(entry => (entry.Key, entry.Vector)));

    // Everything but the time, which the control plane may have pulled back, and what only one side needs.
    private static string Describe(ConfigEntry? entry) => entry is null ? "absent" : $"{entry.Value?.Text ?? "deleted"} by {entry.Writer}, {entry.Vector}";
}
