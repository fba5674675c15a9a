using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>Sockets for devices and operators: one HTTP/2 connection each.</summary>
internal static class DeviceHttp
{
    // A reconnect storm makes a handshake wait its turn; giving up early would only begin another.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Sockets with the TLS that a device asks for.</summary>
    public static SocketsHttpHandler Handler(SslClientAuthenticationOptions tls) => new()
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

    /// <summary>TLS 1.3 to the fleet's own CA only, with a client certificate or without.</summary>
    public static SslClientAuthenticationOptions Tls(X509Certificate2 authority, X509Certificate2? certificate = null)
    {
        var tls = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateChainPolicy = FleetTrust.Policy([authority]),
        };
        if (certificate is not null)
        {
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }

        return tls;
    }

    /// <summary>A client of the operator port that shows a token.</summary>
    public static HttpClient OperatorClient(X509Certificate2 authority, Uri address, string token)
    {
        var client = Client(Handler(Tls(authority)), address);
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
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
