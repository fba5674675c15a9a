using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace EdgeSync.Gateway;

/// <summary>TLS as both ports show it: 1.3 only, HTTP/2 before HTTP/1.1, the certificate of the moment.</summary>
/// <param name="certificate">What is shown.</param>
/// <param name="timeout">How long a handshake may take.</param>
/// <param name="shape">What a port has of its own.</param>
internal sealed class ServerTls(ServerCertificate certificate, TimeSpan timeout, Action<SslServerAuthenticationOptions>? shape = null)
{
    // A handshake reads them, so they are made anew and never changed.
    private volatile SslServerAuthenticationOptions? _options;

    public TlsHandshakeCallbackOptions Handshake => new()
    {
        OnConnection = _ => ValueTask.FromResult(Options()),
        HandshakeTimeout = timeout,
    };

    private SslServerAuthenticationOptions Options()
    {
        var shown = certificate.Current.Tls;
        var known = _options;
        return ReferenceEquals(known?.ServerCertificateContext, shown) ? known! : _options = Make(shown);
    }

    private SslServerAuthenticationOptions Make(SslStreamCertificateContext shown)
    {
        var options = new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            ServerCertificateContext = shown,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            // Session tickets double what a handshake sends, and devices keep their connections.
            AllowTlsResume = false,
        };
        shape?.Invoke(options);
        return options;
    }
}
