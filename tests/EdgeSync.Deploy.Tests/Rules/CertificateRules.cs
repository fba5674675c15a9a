namespace EdgeSync.Deploy.Tests;

/// <summary>A certificate's issuer exists, and has a CA of somebody's making.</summary>
internal static class CertificateRules
{
    public static IEnumerable<string> Broken(ManifestSet set) =>
    [
        .. set.Of<Certificate>().SelectMany(pair => Issued(set, pair.Manifest, pair.Object.Spec!)),
        .. set.Of<Issuer>().SelectMany(pair => Authority(set, pair.Manifest, pair.Object.Spec!)),
    ];

    private static IEnumerable<string> Issued(ManifestSet set, Manifest manifest, CertificateSpec spec)
    {
        if (set.Find("Issuer", spec.IssuerRef?.Name) is null)
        {
            yield return $"{manifest.Where}: Issuer {spec.IssuerRef?.Name} does not exist.";
        }

        if (spec.Usages?.Contains("server auth") == true && spec.DnsNames is not { Count: > 0 })
        {
            yield return $"{manifest.Where}: a server's certificate names no server.";
        }
    }

    private static IEnumerable<string> Authority(ManifestSet set, Manifest manifest, IssuerSpec spec)
    {
        if (spec.Ca?.SecretName is not { } secret)
        {
            yield break;
        }

        if (set.Of<Certificate>().FirstOrDefault(pair => pair.Object.Spec?.SecretName == secret) is { Object: { } made } && made.Spec!.IsCA != true)
        {
            yield return $"{manifest.Where}: the certificate in Secret {secret} is no CA.";
        }

        foreach (var missing in new[] { "tls.crt", "tls.key" }.SelectMany(key => set.Missing(manifest.Where, "Secret", secret, key, null)))
        {
            yield return missing;
        }
    }
}
