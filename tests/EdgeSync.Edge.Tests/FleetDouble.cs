using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Edge.Tests;

/// <summary>A fleet that issues certificates for requests and signs statements, with real keys.</summary>
internal sealed class FleetDouble : IDisposable
{
    public const string Pin = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    public const string OtherPin = "sha256/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";

    private static readonly TimeSpan SignerLifetime = TimeSpan.FromDays(180);

    private readonly TestPki _pki;
    private readonly X509Certificate2 _signer;

    /// <param name="now">The middle of its certificates' lifetimes; the machine's time where sockets are real.</param>
    public FleetDouble(DateTimeOffset now)
    {
        _pki = new TestPki(time: new FixedClock(now));
        _signer = _pki.Issue(new TestCertificate { Usage = FleetStatement.SignerUsage, ValidFrom = -SignerLifetime, ValidUntil = SignerLifetime });
    }

    public X509Certificate2 Root => _pki.Root;

    public X509Certificate2Collection Roots => [Root];

    public string WriteRoots(string directory)
    {
        var path = Path.Combine(directory, "ca.pem");
        File.WriteAllText(path, Root.ExportCertificatePem());
        return path;
    }

    /// <summary>A certificate for a device's request, PEM.</summary>
    public string Issue(string request, DeviceId device, DateTimeOffset from, DateTimeOffset until)
    {
        var asked = CertificateRequest.LoadSigningRequestPem(request, HashAlgorithmName.SHA256);
        var issued = new CertificateRequest(new X500DistinguishedName("CN=device"), asked.PublicKey, HashAlgorithmName.SHA256);
        issued.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(TestCertificate.ClientAuthentication)], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(device.ToUri()));
        issued.CertificateExtensions.Add(names.Build());
        using var certificate = Sign(issued, from, until);
        return certificate.ExportCertificatePem();
    }

    /// <summary>A gateway's certificate, with its key.</summary>
    public X509Certificate2 IssueServer(string name, DateTimeOffset from, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return IssueServer(key, name, from, until);
    }

    /// <summary>Another certificate for localhost and the same key.</summary>
    public X509Certificate2 Reissue(X509Certificate2 server, DateTimeOffset from, DateTimeOffset until)
    {
        using var key = server.GetECDsaPrivateKey()!;
        return IssueServer(key, "localhost", from, until);
    }

    private X509Certificate2 IssueServer(ECDsa key, string name, DateTimeOffset from, DateTimeOffset until)
    {
        var request = new CertificateRequest("CN=gateway", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(TestCertificate.ServerAuthentication)], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = Sign(request, from, until);
        return certificate.CopyWithPrivateKey(key);
    }

    public string SignPins(DateTimeOffset at, params string[] pins) => Sign(new SignedConfig(null, PinSet.ConfigKey, PinsValue(pins)), at);

    public static JsonValue PinsValue(params string[] pins) => new(JsonSerializer.Serialize(new PinSet(pins), ProtocolJson.Default.PinSet));

    public string Sign(SignedConfig config, DateTimeOffset at, string type = SignedConfig.StatementType) =>
        FleetStatement.Sign(type, JsonSerializer.SerializeToUtf8Bytes(config, ProtocolJson.Default.SignedConfig), _signer, [], at);

    /// <summary>The value of a configuration key that carries a statement.</summary>
    public static string Carry(string statement) => SignedConfig.Carry(statement).Text;

    public static string PinOf(X509Certificate2 certificate) => PinSet.Of(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    public void Dispose() => _pki.Dispose();

    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset from, DateTimeOffset until)
    {
        using var key = Root.GetECDsaPrivateKey()!;
        return request.Create(Root.SubjectName, X509SignatureGenerator.CreateForECDsa(key), from, until, RandomNumberGenerator.GetBytes(16));
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
