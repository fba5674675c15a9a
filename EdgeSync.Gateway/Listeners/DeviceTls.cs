using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>TLS of the device port: 1.3 only, and a client certificate that ends in the fleet's CA, or the handshake is refused.</summary>
internal sealed class DeviceTls
{
    private readonly CertificateVerdicts _verdicts;
    private readonly ServerTls _tls;

    public DeviceTls(ServerCertificate certificate, CertificateVerdicts verdicts, IOptions<AdmissionOptions> admission)
    {
        _verdicts = verdicts;
        _tls = new ServerTls(certificate, admission.Value.HandshakeTimeout, AskForCertificate);
    }

    public TlsHandshakeCallbackOptions Handshake => _tls.Handshake;

    /// <summary>Says what the certificate of a finished handshake says; null where it says nothing.</summary>
    public DeviceCertificate? Certificate(ConnectionContext connection) =>
        connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is { } certificate ? _verdicts.Of(certificate, []) : null;

    private void AskForCertificate(SslServerAuthenticationOptions options)
    {
        options.ClientCertificateRequired = true;
        options.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            certificate is X509Certificate2 client && _verdicts.Of(client, chain?.ChainPolicy.ExtraStore ?? []) is not null;
        // The TLS stack builds a chain before it asks: one that trusts nothing costs a tenth, and the verdicts build the real one once.
        options.CertificateChainPolicy = FleetTrust.Policy([]);
    }
}
