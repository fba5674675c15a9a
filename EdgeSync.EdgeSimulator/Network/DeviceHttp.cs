using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.EdgeSimulator;

/// <summary>Sockets for devices and operators: TLS 1.3 to the fleet's own CA only, one HTTP/2 connection a device.</summary>
internal static class DeviceHttp
{
    // A reconnect storm makes a handshake wait its turn; giving up early would only begin another.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(60);

    public static SocketsHttpHandler Handler(X509Certificate2 authority, X509Certificate2? certificate)
    {
        var tls = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
        };
        tls.CertificateChainPolicy.CustomTrustStore.Add(authority);
        if (certificate is not null)
        {
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }

        return new SocketsHttpHandler
        {
            SslOptions = tls,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            // The agent counts and waits itself; headers for traces are its own concern too.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
        };
    }

    public static HttpClient Client(HttpMessageHandler handler, Uri address) => new(handler)
    {
        BaseAddress = address,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        // Each caller bounds its own attempts.
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
