using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.Gateway;

/// <summary>Reads the PEM files that the configuration names.</summary>
internal static class CertificateFiles
{
    /// <summary>The server's certificate with its key, and the intermediates behind it.</summary>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Intermediates) LoadServer(string certificatePath, string keyPath)
    {
        var chain = Read(nameof(GatewayOptions.ServerCertificatePath), certificatePath, "the server's certificate in PEM, then its intermediates");
        var key = ReadText(nameof(GatewayOptions.ServerCertificateKeyPath), keyPath, "the private key of the server's certificate in PEM");
        try
        {
            var certificate = X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), key);
            chain.RemoveAt(0);
            return (certificate, chain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new UnusableFileException(
                $"Gateway:ServerCertificateKeyPath: '{keyPath}' holds no key for the first certificate of '{certificatePath}'. Give the matching, unencrypted key. ({e.Message})", e);
        }
    }

    /// <summary>The fleet's roots, and the intermediates between them and the devices.</summary>
    public static (X509Certificate2Collection Roots, X509Certificate2Collection Intermediates) LoadFleet(string path)
    {
        var all = Read(nameof(GatewayOptions.FleetCaPath), path, "the fleet's CA certificates in PEM");
        var foreign = all.FirstOrDefault(certificate => !IsAuthority(certificate));
        if (foreign is not null)
        {
            throw new UnusableFileException($"Gateway:FleetCaPath: '{foreign.Subject}' in '{path}' is no CA certificate. Keep only roots and intermediates in this file.");
        }

        var roots = all.Where(IsSelfSigned).ToArray();
        return roots.Length > 0
            ? (new X509Certificate2Collection(roots), [.. all.Except(roots)])
            : throw new UnusableFileException($"Gateway:FleetCaPath: '{path}' holds no self-signed root. Add the root that the fleet's certificates end in.");
    }

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);

    private static bool IsSelfSigned(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static X509Certificate2Collection Read(string field, string path, string content)
    {
        var text = ReadText(field, path, content);
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(text);
            return certificates.Count > 0
                ? certificates
                : throw new UnusableFileException($"Gateway:{field}: '{path}' holds no PEM certificate. It must hold {content}.");
        }
        catch (CryptographicException e)
        {
            throw new UnusableFileException($"Gateway:{field}: '{path}' cannot be read as PEM. It must hold {content}. ({e.Message})", e);
        }
    }

    private static string ReadText(string field, string path, string content)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new UnusableFileException($"Gateway:{field} is not set. Give the path of a file with {content}.");
        }

        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (UnusableFileException.IsOfFiles(e))
        {
            throw new UnusableFileException($"Gateway:{field}: '{path}' cannot be opened. Give the path of a readable file with {content}. ({e.Message})", e);
        }
    }
}
