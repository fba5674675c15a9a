using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>The certificates that the gateway shows and those that it trusts, loaded once.</summary>
internal sealed class GatewayCertificates
{
    public GatewayCertificates(IOptions<GatewayOptions> options)
    {
        var (certificate, intermediates) = CertificateFiles.LoadServer(options.Value.ServerCertificatePath, options.Value.ServerCertificateKeyPath);
        Server = SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
        (FleetRoots, FleetIntermediates) = CertificateFiles.LoadFleet(options.Value.FleetCaPath);
    }

    public SslStreamCertificateContext Server { get; }

    public X509Certificate2Collection FleetRoots { get; }

    public X509Certificate2Collection FleetIntermediates { get; }
}
