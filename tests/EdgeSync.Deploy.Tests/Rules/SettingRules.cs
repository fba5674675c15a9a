namespace EdgeSync.Deploy.Tests;

/// <summary>Every environment variable is one that its program reads.</summary>
internal static class SettingRules
{
    private static readonly Dictionary<string, string[]> Others = new()
    {
        ["cockroachdb/cockroach"] = ["COCKROACH_URL", "COCKROACH_CERTS_DIR", "COCKROACH_HOST", "HOME"],
        ["otel/opentelemetry-collector-contrib"] = ["GOMEMLIMIT", "GOGC"],
    };

    public static IEnumerable<string> Broken(ManifestSet set) =>
        from pod in set.Pods
        from container in pod.Containers
        from setting in ContainerSettings.Of(set, container).Keys
        where !IsKnown(container.Image, setting) && !ContainerSettings.Parts(container).Contains(setting) && !CollectorRules.Uses(set, container, setting)
        select $"{pod.WhereOf(container)}: {setting} is no setting of {container.Image.Split(':')[0]}.";

    private static bool IsKnown(string image, string setting) =>
        ServiceShape.Of(image) is { } shape
            ? KnownSettings.Of(shape.Name).Knows(setting)
            : Others.TryGetValue(image.Split(':')[0], out var known) && known.Contains(setting);
}
