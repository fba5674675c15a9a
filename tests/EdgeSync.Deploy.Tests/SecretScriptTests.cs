using System.ComponentModel;
using System.Diagnostics;
using k8s;
using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>Where kubectl is at hand: the script makes what the other tests read out of it, from the files of the PKI.</summary>
public sealed class SecretScriptTests(PkiFolder pki) : IClassFixture<PkiFolder>
{
    [Theory]
    [InlineData("development")]
    [InlineData("production")]
    public void The_script_makes_what_the_manifests_refer_to(string overlay)
    {
        Assert.SkipUnless(HasKubectl(), "kubectl is not at hand.");
        var expected = ExternalObjects.Read(DeployFiles.Repository, overlay).Keys;

        var text = PkiFolder.Run("sh", Path.Combine(DeployFiles.Root, "deploy/kubernetes/secrets.sh"), overlay, pki.Of(overlay), "--dry-run=client", "-o", "json");
        var made = Objects(text).ToDictionary(made => made.Key, made => made.Keys);

        Assert.Equal(expected.Keys.Order(), made.Keys.Order());
        Assert.All(expected, pair => Assert.All(pair.Value.Keys.Where(key => key != "*"), key => Assert.Contains(key, made[pair.Key])));
        Assert.All(made[("Secret", "token-keys")], key => Assert.EndsWith(".pem", key, StringComparison.Ordinal));
    }

    // One JSON object after the other.
    private static IEnumerable<((string Kind, string Name) Key, string[] Keys)> Objects(string text) =>
        text.Split("\n}\n", StringSplitOptions.RemoveEmptyEntries).Where(part => part.Trim().Length > 0).Select(part => part + "\n}").Select(json => json.Contains("\"kind\": \"Secret\"", StringComparison.Ordinal)
            ? KubernetesJson.Deserialize<V1Secret>(json) is var secret ? ((secret.Kind, secret.Metadata.Name), secret.Data.Keys.ToArray()) : default
            : KubernetesJson.Deserialize<V1ConfigMap>(json) is var map ? ((map.Kind, map.Metadata.Name), map.Data.Keys.ToArray()) : default);

    private static bool HasKubectl()
    {
        try
        {
            using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["version", "--client"]) { RedirectStandardOutput = true, RedirectStandardError = true });
            kubectl!.WaitForExit();
            return kubectl.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
