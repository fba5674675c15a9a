using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// A fleet CA for development: a root, an issuing intermediate, the gateway's certificate and one for each device, ECDSA P-256, as PEM files that are
/// made once and kept. Keys are readable by their owner alone.
/// </summary>
internal sealed class DevelopmentPki : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan CaLifetime = TimeSpan.FromDays(3_650);
    private static readonly TimeSpan LeafLifetime = TimeSpan.FromDays(365);
    // A certificate that is valid from this very second is refused by a machine whose clock is a little behind.
    private static readonly TimeSpan Backdated = TimeSpan.FromHours(1);

    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly X509Certificate2 _issuing;

    private DevelopmentPki(string folder, TimeProvider time)
    {
        _folder = folder;
        _time = time;
        if (!File.Exists(IssuingPath))
        {
            CreateAuthority();
        }

        _issuing = X509Certificate2.CreateFromPemFile(IssuingPath);
        Authority = X509CertificateLoader.LoadCertificate(X509Certificate2.CreateFromPem(File.ReadAllText(AuthorityPath)).RawData);
        if (!File.Exists(GatewayPath) || !File.Exists(GatewayKeyPath))
        {
            CreateGateway();
        }
    }

    /// <summary>The root and the intermediate, PEM: what gateway and devices trust.</summary>
    public string AuthorityPath => Path.Combine(_folder, "fleet-ca.pem");

    /// <summary>The gateway's certificate and the intermediate, PEM.</summary>
    public string GatewayPath => Path.Combine(_folder, "gateway.pem");

    /// <summary>The gateway's key, PEM.</summary>
    public string GatewayKeyPath => Path.Combine(_folder, "gateway.key");

    /// <summary>The root.</summary>
    public X509Certificate2 Authority { get; }

    private string IssuingPath => Path.Combine(_folder, "issuing.pem");

    /// <summary>Reads the folder's PKI, or makes one.</summary>
    /// <exception cref="UsageException">Its files cannot be read or written.</exception>
    public static DevelopmentPki OpenOrCreate(string folder, TimeProvider time)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new DevelopmentPki(folder, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new UsageException($"The certificates in {folder} cannot be used: {e.Message} Delete the folder to have them made again.", e);
        }
    }

    /// <summary>A device's certificate with its key, made at the first call and kept.</summary>
    public X509Certificate2 Device(int number, DeviceId id)
    {
        var path = Path.Combine(_folder, "devices", $"{DataFolder.Name(number)}.pem");
        if (File.Exists(path))
        {
            var kept = X509Certificate2.CreateFromPemFile(path);
            if (kept.NotAfter > _time.GetLocalNow().DateTime)
            {
                return kept;
            }

            kept.Dispose();
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var certificate = Issue($"CN={id}", ClientAuthentication, san => san.AddUri(new Uri(id.ToUri())));
        SecretFile.Write(path, certificate.ExportCertificatePem() + "\n" + ExportKey(certificate));
        return certificate;
    }

    public void Dispose()
    {
        _issuing.Dispose();
        Authority.Dispose();
    }

    private void CreateAuthority()
    {
        var (root, rootKey) = CreateRoot();
        using (root)
        using (rootKey)
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            var request = AuthorityRequest("CN=EdgeSync Development Issuing CA", key, pathLength: 0);
            using var issued = request.Create(root, Now - Backdated, root.NotAfter.ToUniversalTime(), Serial());
            using var issuing = issued.CopyWithPrivateKey(key);
            // The key last: a folder with issuing.pem is complete.
            File.WriteAllText(AuthorityPath, root.ExportCertificatePem() + "\n" + issuing.ExportCertificatePem() + "\n");
            SecretFile.Write(IssuingPath, issuing.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        }
    }

    private (X509Certificate2 Root, ECDsa Key) CreateRoot()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = AuthorityRequest("CN=EdgeSync Development Root CA", key, pathLength: 1).CreateSelfSigned(Now - Backdated, Now + CaLifetime);
        return (root, key);
    }

    private void CreateGateway()
    {
        using var certificate = Issue("CN=EdgeSync Gateway", ServerAuthentication, san =>
        {
            san.AddDnsName("localhost");
            san.AddIpAddress(IPAddress.Loopback);
            san.AddIpAddress(IPAddress.IPv6Loopback);
        });
        File.WriteAllText(GatewayPath, certificate.ExportCertificatePem() + "\n" + _issuing.ExportCertificatePem() + "\n");
        SecretFile.Write(GatewayKeyPath, ExportKey(certificate));
    }

    private X509Certificate2 Issue(string subject, string usage, Action<SubjectAlternativeNameBuilder> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_issuing, true, false));
        var san = new SubjectAlternativeNameBuilder();
        names(san);
        request.CertificateExtensions.Add(san.Build());
        using var issued = request.Create(_issuing, Now - Backdated, Now + LeafLifetime, Serial());
        return issued.CopyWithPrivateKey(key);
    }

    private DateTimeOffset Now => _time.GetUtcNow();

    private static CertificateRequest AuthorityRequest(string subject, ECDsa key, int pathLength)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, pathLength, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static string ExportKey(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        return serial;
    }
}
