using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>The files of a pod's Secrets and ConfigMaps in a folder of this machine, and the environment with paths that lead there.</summary>
internal sealed class MountedFiles : IDisposable
{
    // cert-manager is not here: the script makes the same certificate.
    private static readonly Dictionary<string, string> ServerCertificate = new() { ["tls.crt"] = "gateway.pem", ["tls.key"] = "gateway.key" };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-deploy-mounts-");

    public MountedFiles(ManifestSet set, PodTemplate pod, V1Container container, string pki)
    {
        foreach (var mount in container.VolumeMounts)
        {
            var target = Directory.CreateDirectory(_folder.FullName + mount.MountPath).FullName;
            foreach (var (kind, name, _, _) in pod.Spec.Volumes.Single(volume => volume.Name == mount.Name).Sources())
            {
                Copy(name == "gateway-tls" ? ServerCertificate : set.External.Keys.GetValueOrDefault((kind, name)), pki, target);
            }
        }

        Environment = ContainerSettings.Of(set, container).Values.ToDictionary(setting => setting.Name, setting => Path(container, setting.Value));
    }

    public IReadOnlyDictionary<string, string> Environment { get; }

    public void Dispose() => _folder.Delete(recursive: true);

    private static void Copy(IReadOnlyDictionary<string, string>? keys, string pki, string target)
    {
        foreach (var (key, source) in keys ?? new Dictionary<string, string>())
        {
            foreach (var file in key == "*" ? Directory.GetFiles(System.IO.Path.Combine(pki, source)) : [System.IO.Path.Combine(pki, source)])
            {
                File.Copy(file, System.IO.Path.Combine(target, key == "*" ? System.IO.Path.GetFileName(file) : key));
            }
        }
    }

    private string Path(V1Container container, string value) =>
        container.VolumeMounts.Any(mount => value.StartsWith(mount.MountPath, StringComparison.Ordinal)) ? _folder.FullName + value : value;
}
