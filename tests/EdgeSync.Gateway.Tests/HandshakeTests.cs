using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Gateway.Tests;

public sealed class HandshakeTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Device_with_a_certificate_of_the_fleet_enters(string version)
    {
        using var response = await gateway.DeviceClient(Version.Parse(version)).PostAsync(Routes.Heartbeat, null, Ct);

        Assert.Equal(gateway.Device.ToString(), (await response.EchoAsync()).Device());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tls_1_2_is_refused_on_both_ports(bool device)
    {
        var port = device ? gateway.Addresses.DevicePort : gateway.Addresses.OperatorPort;

        var client = gateway.Client(port, gateway.Pki.IssueDevice(gateway.Device), HttpVersion.Version11, SslProtocols.Tls12);

        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(Routes.Commands, Ct));
        Assert.Equal(HttpRequestError.SecureConnectionError, refusal.HttpRequestError);
    }

    [Fact]
    public async Task Both_ports_speak_tls_1_3()
    {
        using var device = await gateway.ConnectAsync(gateway.Addresses.DevicePort, gateway.Pki.IssueDevice(gateway.Device));
        using var operators = await gateway.ConnectAsync(gateway.Addresses.OperatorPort, null);

        Assert.Equal((SslProtocols.Tls13, SslProtocols.Tls13), (device.SslProtocol, operators.SslProtocol));
    }

    [Fact]
    public async Task Device_without_a_certificate_is_refused_in_the_handshake() =>
        await Assert.ThrowsAsync<HttpRequestException>(() => gateway.DeviceClient((X509Certificate2?)null).GetAsync(Routes.Commands, Ct));

    [Fact]
    public async Task Certificate_of_another_fleet_is_refused_in_the_handshake()
    {
        using var foreign = new TestPki("Another fleet");

        await Assert.ThrowsAsync<HttpRequestException>(() => gateway.DeviceClient(foreign.IssueDevice(gateway.Device)).GetAsync(Routes.Commands, Ct));
    }

    [Fact]
    public async Task Root_that_only_has_the_same_name_is_refused_in_the_handshake()
    {
        using var namesake = new TestPki();

        await Assert.ThrowsAsync<HttpRequestException>(() => gateway.DeviceClient(namesake.IssueDevice(gateway.Device)).GetAsync(Routes.Commands, Ct));
    }

    [Fact]
    public async Task Certificate_that_a_device_signed_itself_is_refused_in_the_handshake()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=EdgeSync test fleet", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(gateway.Device.ToUri()));
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));

        await Assert.ThrowsAsync<HttpRequestException>(() => gateway.DeviceClient(certificate).GetAsync(Routes.Commands, Ct));
    }

    [Fact]
    public async Task Certificate_that_a_device_issued_is_refused_in_the_handshake()
    {
        var device = gateway.Pki.IssueDevice(gateway.Device);
        var forged = gateway.Pki.Issue(new TestCertificate { Uris = [new DeviceId(Guid.NewGuid()).ToUri()], Issuer = device });

        await Assert.ThrowsAsync<HttpRequestException>(() => ClientWithChain(forged, device).GetAsync(Routes.Commands, Ct));
    }

    [Fact]
    public async Task Intermediate_that_the_device_sends_along_is_taken()
    {
        var intermediate = gateway.Pki.IssueIntermediate();
        var certificate = gateway.Pki.Issue(new TestCertificate { Uris = [gateway.Device.ToUri()], Issuer = intermediate });

        using var response = await ClientWithChain(certificate, intermediate).PostAsync(Routes.Heartbeat, null, Ct);

        Assert.Equal(gateway.Device.ToString(), (await response.EchoAsync()).Device());
    }

    private HttpClient ClientWithChain(X509Certificate2 certificate, X509Certificate2 issuer)
    {
        var tls = gateway.ClientTls(null);
        tls.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, [issuer], offline: true);
        return new HttpClient(new TokenClient(new SocketsHttpHandler { SslOptions = tls })) { BaseAddress = new Uri($"https://127.0.0.1:{gateway.Addresses.DevicePort}") };
    }
}
