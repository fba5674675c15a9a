using System.Security.Cryptography.X509Certificates;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What the files of <see cref="FleetOptions"/> hold: an issuing CA, a signer of statements, or both.</summary>
internal sealed record FleetFiles(KeyedChain? Issuing, KeyedChain? Signer) : IDisposable
{
    private const string IssuingSettings = $"{FleetOptions.Section}:{nameof(FleetOptions.IssuingCertificatePath)}";
    private const string IssuingKeySettings = $"{FleetOptions.Section}:{nameof(FleetOptions.IssuingKeyPath)}";
    private const string Pkcs12Settings = $"{FleetOptions.Section}:{nameof(FleetOptions.IssuingPkcs12Path)}";
    private const string SignerSettings = $"{FleetOptions.Section}:{nameof(FleetOptions.SignerCertificatePath)}";
    private const string SignerKeySettings = $"{FleetOptions.Section}:{nameof(FleetOptions.SignerKeyPath)}";

    /// <summary>Reads and checks them.</summary>
    /// <param name="options">Which files.</param>
    /// <param name="now">When they must be valid.</param>
    /// <param name="errors">What is wrong is added, a sentence each.</param>
    public static FleetFiles Load(FleetOptions options, DateTimeOffset now, ICollection<string> errors)
    {
        var isPem = options.IssuingCertificatePath.Length + options.IssuingKeyPath.Length > 0;
        var isPkcs12 = options.IssuingPkcs12Path.Length > 0;
        var isSigner = options.SignerCertificatePath.Length + options.SignerKeyPath.Length > 0;
        if (isPem && isPkcs12)
        {
            errors.Add($"Set either {IssuingSettings} or {Pkcs12Settings}: there is one issuing CA.");
            return new FleetFiles(null, null);
        }

        if (!isPem && !isPkcs12 && !isSigner)
        {
            errors.Add($"Set {IssuingSettings} and {IssuingKeySettings}, or {Pkcs12Settings}, to the fleet's issuing CA; or, where that is elsewhere, {SignerSettings} and {SignerKeySettings}.");
            return new FleetFiles(null, null);
        }

        var issuing = isPem ? KeyedChain.ReadPem(IssuingSettings, options.IssuingCertificatePath, IssuingKeySettings, options.IssuingKeyPath, errors)
            : isPkcs12 ? ReadPkcs12(options.IssuingPkcs12Path, options.IssuingPkcs12Password, errors)
            : null;
        var signer = isSigner ? KeyedChain.ReadPem(SignerSettings, options.SignerCertificatePath, SignerKeySettings, options.SignerKeyPath, errors) : null;
        if (issuing is not null)
        {
            FleetFileRules.CheckIssuing(isPem ? IssuingSettings : Pkcs12Settings, issuing, signsStatements: signer is null, now, errors);
        }

        if (signer is not null)
        {
            FleetFileRules.CheckSigner(SignerSettings, signer, now, errors);
        }

        return new FleetFiles(issuing, signer);
    }

    public void Dispose()
    {
        Issuing?.Dispose();
        Signer?.Dispose();
    }

    private static KeyedChain? ReadPkcs12(string path, string password, ICollection<string> errors)
    {
        X509Certificate2Collection certificates = [];
        if (!KeyedChain.TryRead(Pkcs12Settings, path, "PKCS#12, and its password right", () => certificates = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password, X509KeyStorageFlags.EphemeralKeySet | X509KeyStorageFlags.Exportable), errors))
        {
            return null;
        }

        var keyed = certificates.Where(certificate => certificate.HasPrivateKey).ToList();
        if (keyed.Count != 1)
        {
            errors.Add($"Set {Pkcs12Settings} to a file with one key, the issuing CA's; {path} holds {keyed.Count}.");
            return null;
        }

        return KeyedChain.Of(keyed[0], Above(keyed[0], [.. certificates.Where(certificate => certificate != keyed[0])]));
    }

    // PKCS#12 keeps no order.
    private static IEnumerable<X509Certificate2> Above(X509Certificate2 certificate, List<X509Certificate2> others)
    {
        for (var current = certificate; others.Find(other => KeyedChain.IsIssuer(other, current)) is { } issuer; current = issuer)
        {
            others.Remove(issuer);
            yield return issuer;
        }
    }
}
