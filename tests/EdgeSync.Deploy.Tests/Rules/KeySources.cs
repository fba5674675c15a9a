using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>Which keys a ConfigMap or a Secret has, wherever it comes from.</summary>
internal static class KeySources
{
    private static readonly string[] CertificateKeys = ["tls.crt", "tls.key", "ca.crt"];

    /// <summary>Null where there is no such object. <c>*</c> among the keys stands for any.</summary>
    public static IReadOnlyCollection<string>? Keys(this ManifestSet set, string kind, string name) =>
        kind == "ConfigMap" && set.Find(kind, name)?.Object is V1ConfigMap map ? [.. map.Data?.Keys ?? []]
        : kind == "Secret" && set.Of<Certificate>().Any(certificate => certificate.Object.Spec?.SecretName == name) ? CertificateKeys
        : set.External.Keys.TryGetValue((kind, name), out var made) ? [.. made.Keys]
        : null;

    /// <summary>Says that an object or its key is not there; nothing when it is, or need not be.</summary>
    public static IEnumerable<string> Missing(this ManifestSet set, string where, string kind, string name, string? key, bool? isOptional)
    {
        if (isOptional == true)
        {
            yield break;
        }

        if (set.Keys(kind, name) is not { } keys)
        {
            yield return $"{where}: {kind} {name} does not exist, and deploy/kubernetes/secrets.sh does not make it.";
        }
        else if (key is not null && !keys.Contains(key) && !keys.Contains("*"))
        {
            yield return $"{where}: {kind} {name} has no key {key}, only {string.Join(", ", keys)}.";
        }
    }

    /// <summary>The objects behind a volume, each with the paths of its keys in it.</summary>
    public static IEnumerable<(string Kind, string Name, IReadOnlyDictionary<string, string>? Paths, bool? IsOptional)> Sources(this V1Volume volume) =>
    [
        .. volume.ConfigMap is { } map ? [("ConfigMap", map.Name, Paths(map.Items), map.Optional)] : Enumerable.Empty<(string, string, IReadOnlyDictionary<string, string>?, bool?)>(),
        .. volume.Secret is { } secret ? [("Secret", secret.SecretName, Paths(secret.Items), secret.Optional)] : Enumerable.Empty<(string, string, IReadOnlyDictionary<string, string>?, bool?)>(),
        .. (volume.Projected?.Sources ?? []).Select(source => source.Secret is { } part
            ? ("Secret", part.Name, Paths(part.Items), part.Optional)
            : ("ConfigMap", source.ConfigMap.Name, Paths(source.ConfigMap.Items), source.ConfigMap.Optional)),
    ];

    private static Dictionary<string, string>? Paths(IList<V1KeyToPath>? items) => items?.ToDictionary(item => item.Path, item => item.Key);
}
