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
        Ends =
        [
            ("server", new X509Certificate2Collection(intermediates) { certificate }.Min(End)),
            ("fleet", FleetRoots.Concat(FleetIntermediates).Min(End)),
        ];
    }

    /// <summary>When the first of the server's chain ends, and the first that devices' certificates end in.</summary>
    public IReadOnlyList<(string Name, DateTimeOffset At)> Ends { get; }

    public SslStreamCertificateContext Server { get; }

    public X509Certificate2Collection FleetRoots { get; }

    public X509Certificate2Collection FleetIntermediates { get; }

    private static DateTimeOffset End(X509Certificate2 certificate) => new(certificate.NotAfter);
}
