using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// A fleet CA for development, and the keys that belong to it: a root, an issuing intermediate, the gateway's certificate with the key that it will have next, the keys of its tokens and of operators' tokens,
/// all ECDSA P-256, as files that are made once and kept. Private keys are readable by their owner alone.
/// </summary>
internal sealed class DevelopmentPki : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private static readonly TimeSpan CaLifetime = TimeSpan.FromDays(3_650);
    private static readonly TimeSpan LeafLifetime = TimeSpan.FromDays(365);
    // A certificate that is valid from this very second is refused by a machine whose clock is a little behind.
    private static readonly TimeSpan Backdated = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private readonly X509Certificate2 _issuing;

    private DevelopmentPki(PkiFiles files, TimeProvider time)
    {
        Files = files;
        _time = time;
        if (!File.Exists(files.Issuing))
        {
            CreateAuthority();
        }

        _issuing = X509Certificate2.CreateFromPemFile(files.Issuing);
        Authority = X509CertificateLoader.LoadCertificate(X509Certificate2.CreateFromPem(File.ReadAllText(files.Authority)).RawData);
        CreateKey(files.GatewayKey);
        CreateKey(files.GatewayNextKey);
        CreateKey(files.ReceiptsKey);
        CreateKey(files.TokenKey);
        CreateKey(files.OperatorKey);
        if (!File.Exists(files.Gateway))
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            names.AddIpAddress(IPAddress.Loopback);
            names.AddIpAddress(IPAddress.IPv6Loopback);
            Certify("CN=EdgeSync Gateway", files.GatewayKey, files.Gateway, ServerAuthentication, names.Build());
        }

        if (!File.Exists(files.Receipts))
        {
            Certify("CN=EdgeSync receipts", files.ReceiptsKey, files.Receipts, DurabilityReceipt.SignerUsage, null);
        }

        if (!File.Exists(files.OperatorKeySet))
        {
            File.WriteAllText(files.OperatorKeySet, OperatorTokens.KeySet(File.ReadAllText(files.OperatorKey)));
        }
    }

    /// <summary>Where its files are.</summary>
    public PkiFiles Files { get; }

    /// <summary>The root.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>The gateway's key and the one that comes next.</summary>
    public IReadOnlyList<string> GatewayPins => [PinOf(Files.GatewayKey), PinOf(Files.GatewayNextKey)];

    /// <summary>Reads the folder's PKI, or makes one.</summary>
    /// <exception cref="UsageException">Its files cannot be read or written.</exception>
    public static DevelopmentPki OpenOrCreate(string folder, TimeProvider time)
    {
        try
        {
            var files = new PkiFiles(folder);
            Directory.CreateDirectory(files.TokenKeys);
            return new DevelopmentPki(files, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new UsageException($"The certificates in {folder} cannot be used: {e.Message} Delete the folder to have them made again.", e);
        }
    }

    /// <summary>A token for an operator, by the development key.</summary>
    public string OperatorToken(IReadOnlyList<string> roles, TimeSpan lifetime) => OperatorTokens.Sign(File.ReadAllText(Files.OperatorKey), roles, _time.GetUtcNow(), lifetime);

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
            File.WriteAllText(Files.Authority, root.ExportCertificatePem() + "\n" + issuing.ExportCertificatePem() + "\n");
            SecretFile.Write(Files.Issuing, issuing.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        }
    }

    private (X509Certificate2 Root, ECDsa Key) CreateRoot()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = AuthorityRequest("CN=EdgeSync Development Root CA", key, pathLength: 1).CreateSelfSigned(Now - Backdated, Now + CaLifetime);
        return (root, key);
    }

    private void Certify(string subject, string keyPath, string path, string usage, X509Extension? names)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(keyPath));
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_issuing, true, false));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names);
        }

        using var certificate = request.Create(_issuing, Now - Backdated, Now + LeafLifetime, Serial());
        File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + _issuing.ExportCertificatePem() + "\n");
    }

    private static void CreateKey(string path)
    {
        if (!File.Exists(path))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            SecretFile.Write(path, key.ExportPkcs8PrivateKeyPem() + "\n");
        }
    }

    private static string PinOf(string path)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(path));
        return PinSet.Of(key.ExportSubjectPublicKeyInfo());
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

    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        return serial;
    }
}
