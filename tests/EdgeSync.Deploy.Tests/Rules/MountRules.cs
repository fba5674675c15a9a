using System.Text.RegularExpressions;
using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>What a pod mounts and reads exists, and a path that a container is told of leads to a key that is mounted there.</summary>
internal static partial class MountRules
{
    public static IEnumerable<string> Broken(ManifestSet set) => set.Pods.SelectMany(pod =>
        pod.Containers.SelectMany(container => Environment(set, pod, container).Concat(Mounts(pod, container)).Concat(Paths(set, pod, container)))
            .Concat((pod.Spec.Volumes ?? []).SelectMany(volume => Volume(set, pod, volume))));

    private static IEnumerable<string> Environment(ManifestSet set, PodTemplate pod, V1Container container)
    {
        var where = pod.WhereOf(container);
        return (container.EnvFrom ?? []).SelectMany(from =>
                from.ConfigMapRef is { } map ? set.Missing(where, "ConfigMap", map.Name, null, map.Optional) : set.Missing(where, "Secret", from.SecretRef.Name, null, from.SecretRef.Optional))
            .Concat((container.Env ?? []).Where(variable => variable.ValueFrom is not null).SelectMany(variable =>
                variable.ValueFrom.ConfigMapKeyRef is { } map ? set.Missing(where, "ConfigMap", map.Name, map.Key, map.Optional)
                : variable.ValueFrom.SecretKeyRef is { } secret ? set.Missing(where, "Secret", secret.Name, secret.Key, secret.Optional)
                : []));
    }

    private static IEnumerable<string> Mounts(PodTemplate pod, V1Container container) =>
        (container.VolumeMounts ?? [])
            .Where(mount => !(pod.Spec.Volumes ?? []).Any(volume => volume.Name == mount.Name) && !pod.Claims.Any(claim => claim.Metadata.Name == mount.Name))
            .Select(mount => $"{pod.WhereOf(container)}: no volume is named {mount.Name}.");

    private static IEnumerable<string> Volume(ManifestSet set, PodTemplate pod, V1Volume volume)
    {
        if (!pod.Containers.Any(container => (container.VolumeMounts ?? []).Any(mount => mount.Name == volume.Name)))
        {
            yield return $"{pod.Where}: nobody mounts the volume {volume.Name}.";
        }

        foreach (var (kind, name, paths, isOptional) in volume.Sources())
        {
            foreach (var missing in (paths?.Values ?? [null!]).SelectMany(key => set.Missing($"{pod.Where}, volume {volume.Name}", kind, name, key, isOptional)))
            {
                yield return missing;
            }
        }
    }

    private static IEnumerable<string> Paths(ManifestSet set, PodTemplate pod, V1Container container)
    {
        foreach (var (name, value) in ContainerSettings.Of(set, container).Values.Select(setting => (setting.Name, setting.Value))
            .Concat((container.Args ?? []).Concat(container.Command ?? []).Select(argument => ("an argument", argument))))
        {
            foreach (var path in FilePath().Matches(value).Select(match => match.Value))
            {
                if (Fault(set, pod, container, path) is { } fault)
                {
                    yield return $"{pod.WhereOf(container)}: {name} names {path}, but {fault}.";
                }
            }
        }
    }

    private static string? Fault(ManifestSet set, PodTemplate pod, V1Container container, string path)
    {
        var mount = (container.VolumeMounts ?? []).Where(mount => path == mount.MountPath || path.StartsWith(mount.MountPath + "/", StringComparison.Ordinal)).MaxBy(mount => mount.MountPath.Length);
        if (mount is null)
        {
            return "nothing is mounted there";
        }

        var sources = pod.Spec.Volumes?.FirstOrDefault(volume => volume.Name == mount.Name)?.Sources().ToList() ?? [];
        var key = path[mount.MountPath.Length..].Trim('/');
        var isThere = sources.Count == 0 || key.Length == 0
            || sources.Any(source => source.Paths?.ContainsKey(key) ?? (set.Keys(source.Kind, source.Name) is { } keys && (keys.Contains(key) || keys.Contains("*"))));
        return isThere ? null : $"{string.Join(", ", sources.Select(source => $"{source.Kind} {source.Name}"))} has no {key}";
    }

    // Folders that hold nothing in the images themselves.
    [GeneratedRegex(@"(?<![\w/.:])/(etc|secret|var/lib|cockroach/certs)(/[\w.-]+)+")]
    private static partial Regex FilePath();
}
