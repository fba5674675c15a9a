using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Deploy.Tests;

/// <summary>With the environment and the files of the manifests, each service finds nothing wrong with its settings.</summary>
public sealed partial class SettingsAtStartTests(PkiFolder pki) : IClassFixture<PkiFolder>
{
    [Theory]
    [InlineData("development", "gateway")]
    [InlineData("development", "ingest")]
    [InlineData("development", "commands")]
    [InlineData("production", "gateway")]
    [InlineData("production", "ingest")]
    [InlineData("production", "commands")]
    public void A_service_would_start(string overlay, string service)
    {
        using var files = Mount(DeployFiles.Repository, overlay, service);

        StartingService.Validate(service, files.Environment);
    }

    [Theory]
    [InlineData("gateway", "Gateway__FleetCaPath=/etc/edgesync/fleet-ca/fleet-ca.pem", "Gateway:FleetCaPath is not set")]
    [InlineData("gateway", "Gateway__Revocations__Path=/var/lib/edgesync/revocations.jws", "Gateway:Revocations:Path is not set")]
    [InlineData("commands", "Fleet__IssuingKeyPath=/etc/edgesync/issuing-ca/issuing.pem", "Fleet:IssuingKeyPath")]
    public void A_setting_that_was_left_out_is_found(string service, string literal, string sentence)
    {
        var copy = DeployFiles.Repository.With("deploy/kubernetes/base/kustomization.yaml", $"      - {literal}\n", "");
        using var files = Mount(copy, "production", service);

        Assert.Contains(sentence, Assert.Throws<OptionsValidationException>(() => StartingService.Validate(service, files.Environment)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_gateways_certificate_is_for_its_names_and_ends_in_the_root_that_devices_trust()
    {
        var folder = pki.Of("production");
        using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(folder, "gateway.pem"), Path.Combine(folder, "gateway.key"));
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(Path.Combine(folder, "offline/root.pem"));
        chain.ChainPolicy.ExtraStore.ImportFromPemFile(Path.Combine(folder, "gateway.pem"));

        Assert.True(chain.Build(certificate), string.Join(' ', chain.ChainStatus.Select(status => status.StatusInformation)));
        Assert.All(["devices.edgesync.example", "operators.edgesync.example", "192.0.2.1"], name => Assert.True(certificate.MatchesHostname(name), name));
        Assert.Contains($"pin of gateway: {PinSet.Of(certificate.GetECDsaPublicKey()!.ExportSubjectPublicKeyInfo())}", pki.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_script_makes_nothing_again_and_nothing_that_others_may_read()
    {
        var script = Path.Combine(DeployFiles.Root, "deploy/pki/make-pki.sh");
        var before = Hashes();

        PkiFolder.Run("sh", script, pki.Of("production"), "another.example");

        Assert.Equal(before, Hashes());
        Assert.Equal("", PkiFolder.Run("find", pki.Of("production"), "-type", "f", "-perm", "/077"));
    }

    [Theory]
    [InlineData("docs/security.md")]
    [InlineData("docs/protocol.md")]
    [InlineData("deploy/pki/make-pki.sh")]
    public void Whoever_names_the_usage_of_receipts_names_the_one_that_is_checked(string path) =>
        Assert.All(Arc().Matches(File.ReadAllText(Path.Combine(DeployFiles.Root, path))).Select(match => match.Value), usage => Assert.Equal(DurabilityReceipt.SignerUsage, usage));

    private MountedFiles Mount(DeployFiles files, string overlay, string service)
    {
        var set = ManifestSet.Load(files, overlay);
        var pod = set.Pods.Single(pod => pod.Workload.Name == service);
        return new MountedFiles(set, pod, pod.Spec.Containers.Single(), pki.Of(overlay));
    }

    [GeneratedRegex(@"\b2\.25\.\d+")]
    private static partial Regex Arc();

    private SortedDictionary<string, string> Hashes() =>
        new(Directory.GetFiles(pki.Of("production"), "*", SearchOption.AllDirectories).ToDictionary(file => file, file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))), StringComparer.Ordinal);
}
