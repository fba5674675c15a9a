namespace EdgeSync.Deploy.Tests;

/// <summary>Every rule over an overlay; each broken place is a sentence that says where.</summary>
internal static class ManifestRules
{
    private static readonly Func<ManifestSet, IEnumerable<string>>[] All =
    [
        ObjectRules.Broken,
        MountRules.Broken,
        ServiceRules.Broken,
        SelectorRules.Broken,
        CertificateRules.Broken,
        WorkloadRules.Broken,
        ScalerRules.Broken,
        ProbeRules.Broken,
        SettingRules.Broken,
        NetworkRules.Broken,
        CollectorRules.Broken,
    ];

    /// <summary>All that is wrong; also that something cannot be read at all.</summary>
    public static IReadOnlyList<string> Check(DeployFiles files, string overlay)
    {
        try
        {
            var set = ManifestSet.Load(files, overlay);
            return [.. All.SelectMany(rule => rule(set)).Concat(ImageRules.Broken(set, BuiltImages.Read(files))).Distinct()];
        }
        catch (FaultException e)
        {
            return [e.Message];
        }
    }
}
