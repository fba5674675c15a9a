using System.Text.RegularExpressions;
using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>One environment variable of a container.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Value">Variables of the same container are put in; those that only the cluster knows are empty.</param>
internal sealed record Setting(string Name, string Value);

/// <summary>The environment that a container starts with.</summary>
internal static partial class ContainerSettings
{
    public static IReadOnlyDictionary<string, Setting> Of(ManifestSet set, V1Container container)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in (container.EnvFrom ?? []).SelectMany(from => (set.Find("ConfigMap", from.ConfigMapRef?.Name)?.Object as V1ConfigMap)?.Data ?? new Dictionary<string, string>()))
        {
            values[name] = value;
        }

        foreach (var variable in container.Env ?? [])
        {
            values[variable.Name] = variable.Value ?? "";
        }

        return values.ToDictionary(pair => pair.Key, pair => new Setting(pair.Key, Reference().Replace(pair.Value, match => values.GetValueOrDefault(match.Groups["name"].Value, ""))));
    }

    /// <summary>Variables that others of the container are made of.</summary>
    public static IEnumerable<string> Parts(V1Container container) =>
        (container.Env ?? []).Select(variable => variable.Value ?? "").Concat(container.Args ?? [])
            .SelectMany(text => Reference().Matches(text).Select(match => match.Groups["name"].Value));

    [GeneratedRegex(@"\$\((?<name>\w+)\)")]
    private static partial Regex Reference();
}
