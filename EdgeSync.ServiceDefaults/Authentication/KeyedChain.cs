using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.ServiceDefaults;

/// <summary>A certificate with its key, and the certificates between it and the root, in order.</summary>
/// <param name="Certificate">With its private key.</param>
/// <param name="Intermediates">Without the root: it is whom the other side trusts already, and is never sent.</param>
public sealed record KeyedChain(X509Certificate2 Certificate, IReadOnlyList<X509Certificate2> Intermediates) : IDisposable
{
    /// <summary>Reads PEM files that two settings name.</summary>
    /// <param name="certificateSetting">What the certificates' setting is called.</param>
    /// <param name="certificatePath">The certificate, then those between it and the root.</param>
    /// <param name="keySetting">What the key's setting is called.</param>
    /// <param name="keyPath">The ECDSA key of the first certificate, without a password.</param>
    /// <param name="errors">What is wrong is added, a sentence each that says what to set.</param>
    /// <returns>Null when something is wrong.</returns>
    public static KeyedChain? ReadPem(string certificateSetting, string certificatePath, string keySetting, string keyPath, ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(certificatePath);
        ArgumentNullException.ThrowIfNull(keyPath);
        ArgumentNullException.ThrowIfNull(errors);
        if (certificatePath.Length == 0 || keyPath.Length == 0)
        {
            errors.Add($"Set {(certificatePath.Length == 0 ? certificateSetting : keySetting)} too: a certificate and its key belong together.");
            return null;
        }

        var certificates = new X509Certificate2Collection();
        if (!TryRead(certificateSetting, certificatePath, "PEM certificates", () => certificates.ImportFromPemFile(certificatePath), errors))
        {
            return null;
        }

        if (certificates.Count == 0)
        {
            errors.Add($"Set {certificateSetting} to a file of PEM certificates; {certificatePath} holds none.");
            return null;
        }

        using var key = ECDsa.Create();
        if (!TryRead(keySetting, keyPath, "an ECDSA key, PEM without a password", () => key.ImportFromPem(File.ReadAllText(keyPath)), errors))
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

        return Of(first.CopyWithPrivateKey(key), certificates.Skip(1));
    }

    /// <summary>Of a certificate and those above it, the root perhaps among them.</summary>
    public static KeyedChain Of(X509Certificate2 certificate, IEnumerable<X509Certificate2> above) => new(certificate, [.. above.Where(one => !IsIssuer(one, one))]);

    /// <summary>Whether one names the other as its issuer.</summary>
    public static bool IsIssuer(X509Certificate2 issuer, X509Certificate2 issued)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        ArgumentNullException.ThrowIfNull(issued);
        return issuer.SubjectName.RawData.AsSpan().SequenceEqual(issued.IssuerName.RawData);
    }

    /// <summary>Reads a file that a setting names; one that cannot be used is an error.</summary>
    /// <returns>Whether it was read.</returns>
    public static bool TryRead(string setting, string path, string expected, Action read, ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(errors);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        foreach (var intermediate in Intermediates)
        {
            intermediate.Dispose();
        }
    }
}
