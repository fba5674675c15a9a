using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace EdgeSync.Gateway;

/// <summary>TLS as both ports show it: 1.3 only, HTTP/2 before HTTP/1.1, the same certificate.</summary>
internal static class ServerTls
{
    public static SslServerAuthenticationOptions Options(GatewayCertificates certificates) => new()
    {
        EnabledSslProtocols = SslProtocols.Tls13,
        ServerCertificateContext = certificates.Server,
        ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        // Session tickets double what a handshake sends, and devices keep their connections.
        AllowTlsResume = false,
    };

    public static TlsHandshakeCallbackOptions Handshake(SslServerAuthenticationOptions options, TimeSpan timeout) => new()
    {
        OnConnection = _ => ValueTask.FromResult(options),
        HandshakeTimeout = timeout,
    };
}
