using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Benchmarks;

/// <summary><c>bare-tls</c>, which the benchmark runs as a process of its own: Kestrel with mutual TLS to the fleet's root and nothing behind it, so that a handshake can be told from what comes after it.</summary>
internal static class BareTlsVerb
{
    public const string Name = "bare-tls";

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromMinutes(5);

    public static async Task<int> InvokeAsync(int port, int healthPort, string pkiFolder)
    {
        var files = new PkiFiles(pkiFolder);
        var tls = Options(files);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, healthPort);
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(tls),
                HandshakeTimeout = HandshakeTimeout,
            }));
        });
        await using var app = builder.Build();
        app.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
        await app.RunAsync();
        return 0;
    }

    private static SslServerAuthenticationOptions Options(PkiFiles files)
    {
        var (authorities, chain) = (new X509Certificate2Collection(), new X509Certificate2Collection());
        authorities.ImportFromPemFile(files.Authority);
        chain.ImportFromPemFile(files.Gateway);
        var fleet = FleetTrust.Policy([authorities[0]]);
        fleet.ExtraStore.AddRange(authorities);
        return new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            ServerCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(files.Gateway, files.GatewayKey), [.. chain.Skip(1)], offline: true),
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            AllowTlsResume = false,
            ClientCertificateRequired = true,
            CertificateChainPolicy = fleet,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => certificate is not null && errors == SslPolicyErrors.None,
        };
    }
}
