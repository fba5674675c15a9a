using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What a device shows that it is itself. Pure: text in, text out.</summary>
/// <param name="Certificate">With its private key.</param>
/// <param name="Intermediates">Between it and the fleet's root, which is not among them.</param>
internal sealed record DeviceCredentials(X509Certificate2 Certificate, X509Certificate2Collection Intermediates)
{
    private const string SubjectAlternativeName = "2.5.29.17";

    public DateTimeOffset NotBefore { get; } = new(Certificate.NotBefore);

    public DateTimeOffset NotAfter { get; } = new(Certificate.NotAfter);

    /// <summary>A key and the certificates that were issued for it.</summary>
    /// <param name="key">The device's private key.</param>
    /// <param name="certificates">PEM: the device's certificate, then the intermediates.</param>
    /// <param name="device">Whom the certificate must name.</param>
    /// <exception cref="FormatException">It is no such certificate; the message says what is wrong.</exception>
    public static DeviceCredentials Of(ECDsa key, string certificates, DeviceId device)
    {
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(certificates);
        }
        catch (CryptographicException e)
        {
            throw new FormatException("the certificates cannot be read", e);
        }

        if (chain.Count == 0)
        {
            throw new FormatException("there is no certificate");
        }

        using var bare = chain[0];
        chain.RemoveAt(0);
        if (!bare.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            throw new FormatException("the certificate is for another key");
        }

        if (!Names(bare, device))
        {
            throw new FormatException($"the certificate does not name the device {device}");
        }

        return new DeviceCredentials(bare.CopyWithPrivateKey(key), chain);
    }

    /// <summary>Reads what <see cref="Format"/> wrote.</summary>
    /// <exception cref="FormatException">The text is not that; the message says what is wrong.</exception>
    public static DeviceCredentials Parse(string pem, DeviceId device)
    {
        using var key = ParseKey(pem);
        return Of(key, pem, device);
    }

    /// <summary>Reads a private key.</summary>
    /// <exception cref="FormatException">There is none, or more than one.</exception>
    public static ECDsa ParseKey(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new FormatException("there is no private key", e);
        }
    }

    /// <summary>PEM: the private key, the certificate, the intermediates.</summary>
    public string Format()
    {
        using var key = Certificate.GetECDsaPrivateKey()!;
        var pem = new StringBuilder().Append(key.ExportPkcs8PrivateKeyPem()).Append('\n').Append(Certificate.ExportCertificatePem()).Append('\n');
        foreach (var intermediate in Intermediates)
        {
            pem.Append(intermediate.ExportCertificatePem()).Append('\n');
        }

        return pem.ToString();
    }

    /// <summary>A request for a certificate; its names are ignored by whoever issues it, its signature shows that the device has the key.</summary>
    public static string Request(ECDsa key, DeviceId device) =>
        new CertificateRequest($"CN={device}", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

    // The control plane judges the name; this finds a file that was copied from another device.
    private static bool Names(X509Certificate2 certificate, DeviceId device) =>
        certificate.Extensions[SubjectAlternativeName] is { } names && names.RawData.AsSpan().IndexOf(Encoding.ASCII.GetBytes(device.ToUri())) >= 0;
}
