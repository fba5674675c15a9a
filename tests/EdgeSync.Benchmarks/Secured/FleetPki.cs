using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Benchmarks;

/// <summary>A fleet's CA as the simulator makes it, in a folder that goes with it, and devices' certificates as Commands would issue them: from the intermediate, a key each.</summary>
internal sealed class FleetPki : IDisposable
{
    private readonly DevelopmentPki _pki;
    private readonly TestPki _issued = new();
    private readonly X509Certificate2 _issuing;
    private readonly X509Certificate2Collection _intermediates;

    public FleetPki(TimeProvider time)
    {
        Folder = Directory.CreateTempSubdirectory("edgesync-benchmark-pki-").FullName;
        _pki = DevelopmentPki.OpenOrCreate(Folder, time);
        _issuing = X509Certificate2.CreateFromPemFile(_pki.Files.Issuing);
        _intermediates = [X509CertificateLoader.LoadCertificate(_issuing.RawData)];
    }

    public string Folder { get; }

    public PkiFiles Files => _pki.Files;

    public IReadOnlyList<string> GatewayPins => _pki.GatewayPins;

    /// <summary>The root.</summary>
    public X509Certificate2 Authority => _pki.Authority;

    /// <summary>A token that may do all that operators may.</summary>
    public string OperatorToken => _pki.OperatorToken([ServiceDefaults.Access.FleetRead, ServiceDefaults.Access.FleetWrite], TimeSpan.FromHours(12));

    /// <summary>A device's certificate, its key with it.</summary>
    public X509Certificate2 Issue(DeviceId device) => _issued.Issue(new TestCertificate { Uris = [device.ToUri()], Issuer = _issuing });

    /// <summary>TLS as a device asks for it: 1.3, the fleet's root alone, its certificate and the intermediate shown.</summary>
    public SslClientAuthenticationOptions Tls(X509Certificate2 certificate) => new()
    {
        TargetHost = "localhost",
        EnabledSslProtocols = SslProtocols.Tls13,
        CertificateChainPolicy = FleetTrust.Policy([Authority]),
        AllowTlsResume = false,
        ClientCertificateContext = SslStreamCertificateContext.Create(certificate, _intermediates, offline: true),
    };

    public void Dispose()
    {
        _issued.Dispose();
        _issuing.Dispose();
        _pki.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
