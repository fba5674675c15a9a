using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.Testing;

/// <summary>How a test's certificate differs from a good one.</summary>
public sealed record TestCertificate
{
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>The URIs in its subject alternative name.</summary>
    public IReadOnlyList<string> Uris { get; init; } = [];

    /// <summary>Its extended key usage.</summary>
    public string Usage { get; init; } = ClientAuthentication;

    public X509KeyUsageFlags KeyUsage { get; init; } = X509KeyUsageFlags.DigitalSignature;

    /// <summary>Relative to the moment when the PKI was made.</summary>
    public TimeSpan ValidFrom { get; init; } = TimeSpan.FromHours(-1);

    /// <summary>Relative to the moment when the PKI was made.</summary>
    public TimeSpan ValidUntil { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Who signs it; the root when null.</summary>
    public X509Certificate2? Issuer { get; init; }
}

/// <summary>A fleet's CA, a server and devices, with real ECDSA P-256 keys, for one test or fixture.</summary>
public sealed class TestPki : IDisposable
{
    private static readonly TimeSpan AuthorityLifetime = TimeSpan.FromDays(365);

    private readonly DateTimeOffset _now;
    private readonly List<X509Certificate2> _issued = [];
    private readonly Lazy<X509Certificate2> _signer;

    public TestPki(string name = "EdgeSync test fleet", TimeProvider? time = null)
    {
        _now = (time ?? TimeProvider.System).GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Root = Keep(AuthorityRequest(name, key).CreateSelfSigned(_now - AuthorityLifetime, _now + AuthorityLifetime));
        Server = IssueServer();
        _signer = new Lazy<X509Certificate2>(() => Issue(new TestCertificate { Usage = FleetStatement.SignerUsage }));
    }

    public X509Certificate2 Root { get; }

    /// <summary>Everything that was made, intermediates among it.</summary>
    public IReadOnlyList<X509Certificate2> Issued => _issued;

    /// <summary>For localhost and 127.0.0.1.</summary>
    public X509Certificate2 Server { get; }

    /// <summary>A good certificate of a device.</summary>
    public X509Certificate2 IssueDevice(DeviceId device) => Issue(new TestCertificate { Uris = [device.ToUri()] });

    /// <summary>A client certificate that may be wrong in one way.</summary>
    public X509Certificate2 Issue(TestCertificate shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=device", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(shape.KeyUsage, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(shape.Usage)], critical: false));
        if (shape.Uris.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var uri in shape.Uris)
            {
                names.AddUri(new Uri(uri));
            }

            request.CertificateExtensions.Add(names.Build());
        }

        return Sign(request, key, shape.Issuer ?? Root, _now + shape.ValidFrom, _now + shape.ValidUntil);
    }

    /// <summary>A CA between the root and devices.</summary>
    public X509Certificate2 IssueIntermediate(string name = "EdgeSync test intermediate")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Sign(AuthorityRequest(name, key), key, Root, _now - AuthorityLifetime / 2, _now + AuthorityLifetime / 2);
    }

    /// <summary>A statement of this fleet.</summary>
    /// <param name="type">What it is.</param>
    /// <param name="payload">What it says, JSON in UTF-8.</param>
    /// <param name="signedAt">When; the moment when the PKI was made when null.</param>
    public string Say(string type, ReadOnlySpan<byte> payload, DateTimeOffset? signedAt = null) => FleetStatement.Sign(type, payload, _signer.Value, [], signedAt ?? _now);

    /// <summary>Writes <c>ca.pem</c>, <c>server.pem</c> and <c>server.key</c>.</summary>
    public void WriteTo(string directory)
    {
        File.WriteAllText(Path.Combine(directory, "ca.pem"), Root.ExportCertificatePem());
        WriteServer(directory, Server);
    }

    /// <summary>Writes <c>server.pem</c> and <c>server.key</c>.</summary>
    public static void WriteServer(string directory, X509Certificate2 server)
    {
        ArgumentNullException.ThrowIfNull(server);
        File.WriteAllText(Path.Combine(directory, "server.pem"), server.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "server.key"), KeyOf(server));
    }

    public void Dispose()
    {
        foreach (var certificate in _issued)
        {
            certificate.Dispose();
        }
    }

    /// <summary>Another certificate of the server.</summary>
    /// <param name="keyOf">Whose key it has; its own where null.</param>
    /// <param name="validFrom">Relative to the moment when the PKI was made; an hour before it where null.</param>
    /// <param name="validUntil">Relative to the same moment; 30 days after it where null.</param>
    public X509Certificate2 IssueServer(X509Certificate2? keyOf = null, TimeSpan? validFrom = null, TimeSpan? validUntil = null)
    {
        using var key = keyOf?.GetECDsaPrivateKey() ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(TestCertificate.ServerAuthentication)], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return Sign(request, key, Root, _now + (validFrom ?? TimeSpan.FromHours(-1)), _now + (validUntil ?? TimeSpan.FromDays(30)));
    }

    private static CertificateRequest AuthorityRequest(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private X509Certificate2 Sign(CertificateRequest request, ECDsa key, X509Certificate2 issuer, DateTimeOffset from, DateTimeOffset until)
    {
        using var issuerKey = issuer.GetECDsaPrivateKey()!;
        using var signed = request.Create(
            issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), from, until, RandomNumberGenerator.GetBytes(16));
        return Keep(signed.CopyWithPrivateKey(key));
    }

    private X509Certificate2 Keep(X509Certificate2 certificate)
    {
        _issued.Add(certificate);
        return certificate;
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }
}
