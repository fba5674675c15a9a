using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using EdgeSync.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Gateway.Tests;

/// <summary>A real gateway on free ports, with two small services behind it and a PKI of its own.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-gateway-");
    private readonly List<HttpClient> _clients = [];
    private WebApplication? _app;
    private int _gateways;
    private EchoService? _ingest;
    private EchoService? _commands;

    public TestPki Pki { get; } = new();

    public DeviceId Device { get; } = new(Guid.NewGuid());

    /// <summary>Where the gateway's signing keys are; the only one is called <see cref="SigningKey"/>.</summary>
    public string SigningKeys => Path.Combine(_directory.FullName, "keys");

    public const string SigningKey = "key-1";

    public IServiceProvider Services => _app!.Services;

    public GatewayAddresses Addresses => _app!.Services.GetRequiredService<GatewayAddresses>();

    internal EchoService Commands => _commands!;

    public async ValueTask InitializeAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        _ingest = await EchoService.StartAsync("ingest", ct);
        _commands = await EchoService.StartAsync("commands", ct);
        _app = Build(Settings(_ingest.Address, _commands.Address));
        await _app.StartAsync(ct);
    }

    public Dictionary<string, string?> Settings(string ingest, string commands)
    {
        Pki.WriteTo(_directory.FullName);
        if (!Directory.Exists(SigningKeys))
        {
            TestTokens.WriteSigningKey(SigningKeys, SigningKey);
        }

        // Nobody is refused, and it is known: most tests have no Commands that would say it.
        var revocations = Path.Combine(_directory.FullName, $"revocations-{Interlocked.Increment(ref _gateways)}.jws");
        File.WriteAllText(revocations, Revoking(new RevocationList(1, [], []), TimeProvider.System.GetUtcNow()));
        return new Dictionary<string, string?>(TestTokens.Shared.Settings)
        {
            ["Gateway:Revocations:Path"] = revocations,
            ["Gateway:Tokens:SigningKeysPath"] = SigningKeys,
            ["Gateway:DevicePort"] = "0",
            ["Gateway:OperatorPort"] = "0",
            ["Gateway:ManagementPort"] = "0",
            ["Gateway:ServerCertificatePath"] = Path.Combine(_directory.FullName, "server.pem"),
            ["Gateway:ServerCertificateKeyPath"] = Path.Combine(_directory.FullName, "server.key"),
            ["Gateway:FleetCaPath"] = Path.Combine(_directory.FullName, "ca.pem"),
            // Tests of other things send as fast as they can.
            ["Gateway:Admission:PerSecond"] = "100000",
            ["Gateway:Limits:DeviceTelemetryBurst"] = "100000",
            ["Gateway:Limits:DeviceControlBurst"] = "100000",
            ["Services:ingest:h2c:0"] = ingest,
            ["Services:commands:h2c:0"] = commands,
        };
    }

    /// <summary>As Commands says it.</summary>
    public string Revoking(RevocationList list, DateTimeOffset signedAt) =>
        Pki.Say(RevocationList.StatementType, JsonSerializer.SerializeToUtf8Bytes(list, ProtocolJson.Default.RevocationList), signedAt);

    public static WebApplication Build(Dictionary<string, string?> settings, TimeProvider? time = null, Action<KestrelServerOptions>? kestrel = null)
    {
        var builder = WebApplication.CreateBuilder();
        // What lies beside the tests is some service's appsettings.json, with fixed ports.
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.AddServiceDefaults();
        builder.AddGateway();
        builder.Services.PostConfigure(kestrel ?? (_ => { }));
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGateway();
        return app;
    }

    /// <summary>A client of the device port that shows a good certificate.</summary>
    public HttpClient DeviceClient(Version? version = null) => Client(Addresses.DevicePort, Pki.IssueDevice(Device), version);

    /// <summary>A client of the device port that shows any certificate, or none.</summary>
    public HttpClient DeviceClient(X509Certificate2? certificate, Version? version = null) => Client(Addresses.DevicePort, certificate, version);

    /// <summary>A client of the operator port with every role.</summary>
    public HttpClient OperatorClient()
    {
        var client = Client(Addresses.OperatorPort, null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.Shared.ForOperator());
        return client;
    }

    /// <summary>A client of any port; with a certificate it gets its token by itself.</summary>
    public HttpClient Client(int port, X509Certificate2? certificate, Version? version = null, SslProtocols protocols = SslProtocols.None)
    {
        var sockets = new SocketsHttpHandler { SslOptions = ClientTls(certificate, protocols) };
        var client = new HttpClient(certificate is null ? sockets : new TokenClient(sockets))
        {
            BaseAddress = new Uri($"https://127.0.0.1:{port}"),
            DefaultRequestVersion = version ?? HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        _clients.Add(client);
        return client;
    }

    /// <summary>A connection whose handshake is done, and nothing more.</summary>
    public async Task<SslStream> ConnectAsync(int port, X509Certificate2? certificate)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(ClientTls(certificate), TestContext.Current.CancellationToken);
        return tls;
    }

    public SslClientAuthenticationOptions ClientTls(X509Certificate2? certificate, SslProtocols protocols = SslProtocols.None) => new()
    {
        TargetHost = "127.0.0.1",
        EnabledSslProtocols = protocols,
        ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { Pki.Root },
        },
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await (_app?.DisposeAsync() ?? default);
        await (_ingest?.DisposeAsync() ?? default);
        await (_commands?.DisposeAsync() ?? default);
        Pki.Dispose();
        _directory.Delete(recursive: true);
    }
}
