using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Makes certificates below the fleet's issuing CA, ECDSA. What they say is decided here alone.</summary>
/// <param name="issuing">The issuing CA.</param>
/// <param name="lifetime">How long a device's certificate is valid.</param>
internal sealed class CertificateIssuer(KeyedChain issuing, TimeSpan lifetime)
{
    private const int SerialBytes = 16;

    // A device's clock may be a little behind ours; in a short life that much would be most of it.
    private static readonly TimeSpan BackdatedMax = TimeSpan.FromMinutes(5);
    private const double BackdatedPart = 0.05;

    private static readonly TimeSpan SignerLifetime = TimeSpan.FromDays(365);

    /// <summary>A device's certificate, without a key; null when the issuing CA's own time is over.</summary>
    public X509Certificate2? Issue(DeviceId device, PublicKey key, DateTimeOffset now)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(device.ToUri()));
        return Sign(key, $"CN={device}", FleetTrust.ClientAuthentication, names.Build(), lifetime, now);
    }

    /// <summary>A signer of statements with a key of its own; null when the issuing CA's own time is over.</summary>
    public KeyedChain? MakeSigner(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Sign(new PublicKey(key), "CN=EdgeSync statements", FleetStatement.SignerUsage, null, SignerLifetime, now);
        return certificate is null ? null : new KeyedChain(certificate.CopyWithPrivateKey(key), Above());
    }

    /// <summary>PEM of a certificate and of those between it and the root.</summary>
    public string ToPem(X509Certificate2 certificate) => string.Join('\n', Above().Prepend(certificate).Select(one => one.ExportCertificatePem())) + "\n";

    // A root that issues itself is not sent.
    private List<X509Certificate2> Above() => KeyedChain.IsIssuer(issuing.Certificate, issuing.Certificate) ? [] : [issuing.Certificate, .. issuing.Intermediates];

    private X509Certificate2? Sign(PublicKey key, string subject, string usage, X509Extension? names, TimeSpan life, DateTimeOffset now)
    {
        var issuer = issuing.Certificate;
        var (from, until) = Validity(life, now, issuer.NotBefore.ToUniversalTime(), issuer.NotAfter.ToUniversalTime());
        if (until <= now)
        {
            return null;
        }

        using var issuerKey = issuer.GetECDsaPrivateKey()!;
        var request = new CertificateRequest(new X500DistinguishedName(subject), key, issuerKey.KeySize > 256 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        var hasKeyId = issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Any();
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: hasKeyId, includeIssuerAndSerial: !hasKeyId));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names);
        }

        var serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] &= 0x7f;
        return request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), from, until, serial);
    }

    /// <summary>From when and until when, to the second as X.509 has it, within the issuer's own time.</summary>
    internal static (DateTimeOffset From, DateTimeOffset Until) Validity(TimeSpan life, DateTimeOffset now, DateTimeOffset issuerFrom, DateTimeOffset issuerUntil)
    {
        var backdated = life * BackdatedPart is var part && part < BackdatedMax ? part : BackdatedMax;
        var (from, until) = (Seconds(now - backdated), Seconds(now + life));
        return (from < issuerFrom ? issuerFrom : from, until > issuerUntil ? issuerUntil : until);
    }

    private static DateTimeOffset Seconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
