using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.Commands;

/// <summary>A certificate with its key, and the certificates between it and the root, in order.</summary>
internal sealed record KeyedChain(X509Certificate2 Certificate, IReadOnlyList<X509Certificate2> Intermediates) : IDisposable
{
    public void Dispose()
    {
        Certificate.Dispose();
        foreach (var intermediate in Intermediates)
        {
            intermediate.Dispose();
        }
    }
}

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

        var issuing = isPem ? ReadPem(IssuingSettings, options.IssuingCertificatePath, IssuingKeySettings, options.IssuingKeyPath, errors)
            : isPkcs12 ? ReadPkcs12(options.IssuingPkcs12Path, options.IssuingPkcs12Password, errors)
            : null;
        var signer = isSigner ? ReadPem(SignerSettings, options.SignerCertificatePath, SignerKeySettings, options.SignerKeyPath, errors) : null;
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

    private static KeyedChain? ReadPem(string certificateSetting, string certificatePath, string keySetting, string keyPath, ICollection<string> errors)
    {
        if (certificatePath.Length == 0 || keyPath.Length == 0)
        {
            errors.Add($"Set {(certificatePath.Length == 0 ? certificateSetting : keySetting)} too: a certificate and its key belong together.");
            return null;
        }

        var certificates = new X509Certificate2Collection();
        if (!Try(certificateSetting, certificatePath, "PEM certificates", () => certificates.ImportFromPemFile(certificatePath), errors))
        {
            return null;
        }

        if (certificates.Count == 0)
        {
            errors.Add($"Set {certificateSetting} to a file of PEM certificates; {certificatePath} holds none.");
            return null;
        }

        using var key = ECDsa.Create();
        if (!Try(keySetting, keyPath, "an ECDSA key, PEM without a password", () => key.ImportFromPem(File.ReadAllText(keyPath)), errors))
        {
            return null;
        }

        using var first = certificates[0];
        using var own = first.GetECDsaPublicKey();
        if (own is null || !own.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            errors.Add($"Set {keySetting} to the key of the first certificate of {certificatePath}; {keyPath} holds another.");
            return null;
        }

        return new KeyedChain(first.CopyWithPrivateKey(key), Intermediates(certificates.Skip(1)));
    }

    private static KeyedChain? ReadPkcs12(string path, string password, ICollection<string> errors)
    {
        X509Certificate2Collection certificates = [];
        if (!Try(Pkcs12Settings, path, "PKCS#12, and its password right", () => certificates = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password, X509KeyStorageFlags.EphemeralKeySet | X509KeyStorageFlags.Exportable), errors))
        {
            return null;
        }

        var keyed = certificates.Where(certificate => certificate.HasPrivateKey).ToList();
        if (keyed.Count != 1)
        {
            errors.Add($"Set {Pkcs12Settings} to a file with one key, the issuing CA's; {path} holds {keyed.Count}.");
            return null;
        }

        return new KeyedChain(keyed[0], Intermediates(Above(keyed[0], [.. certificates.Where(certificate => certificate != keyed[0])])));
    }

    // PKCS#12 keeps no order.
    private static IEnumerable<X509Certificate2> Above(X509Certificate2 certificate, List<X509Certificate2> others)
    {
        for (var current = certificate; others.Find(other => FleetFileRules.IsIssuer(other, current)) is { } issuer; current = issuer)
        {
            others.Remove(issuer);
            yield return issuer;
        }
    }

    // The root is whom the other side trusts already: it is never sent.
    private static List<X509Certificate2> Intermediates(IEnumerable<X509Certificate2> certificates) =>
        [.. certificates.Where(certificate => !FleetFileRules.IsIssuer(certificate, certificate))];

    private static bool Try(string setting, string path, string expected, Action read, ICollection<string> errors)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            errors.Add($"Set {setting} to a file that can be read and is {expected}; {path} cannot be used: {e.Message.TrimEnd('.')}.");
            return false;
        }
    }
}
