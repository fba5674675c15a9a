using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Gateway.Tests;

/// <summary>The server's certificate, renewed in its place while the gateway runs.</summary>
public sealed class ServerCertificateTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-server-certificate-");
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly LogLines _log = new(LogLevel.Warning);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private TestPki Pki => gateway.Pki;

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _log.Dispose();
    }

    [Fact]
    public void What_a_link_leads_to_is_shown_after_the_interval()
    {
        // As a kubelet renews a mounted Secret: files are links into a folder that is a link itself, and it is the folder's that changes.
        var renewed = Pki.IssueServer(keyOf: Pki.Server);
        Mount("1", Pki.Server);
        foreach (var file in new[] { "server.pem", "server.key" })
        {
            File.CreateSymbolicLink(At(file), Path.Combine("data", file));
        }

        var shown = Open();
        Mount("2", renewed);

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(Shows(shown, Pki.Server));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Shows(shown, renewed));
        Assert.Equal(renewed.NotAfter, shown.Current.EndsAt.LocalDateTime);
        Assert.Empty(_log.All);
    }

    [Theory]
    [InlineData("missing", "Gateway:ServerCertificatePath: '*server.pem' cannot be opened. Give the path of a readable file with *")]
    [InlineData("half", "Gateway:ServerCertificatePath: '*server.pem' holds no PEM certificate. It must hold *")]
    [InlineData("other key", "Gateway:ServerCertificateKeyPath: '*server.key' holds no key for the first certificate of *")]
    [InlineData("ended", "Gateway:ServerCertificatePath: '*server.pem' is valid from * and not now. Put a certificate there that is.*")]
    [InlineData("not begun", "Gateway:ServerCertificatePath: '*server.pem' is valid from * and not now. Put a certificate there that is.*")]
    public void What_cannot_be_used_is_told_once_and_the_one_before_stays_until_a_good_one_comes(string fault, string sentence)
    {
        TestPki.WriteServer(_folder.FullName, Pki.Server);
        var shown = Open();

        Break(fault);
        for (var round = 0; round < 3; round++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.True(Shows(shown, Pki.Server));
        }

        var told = Assert.Single(_log.All);
        Assert.Matches("^" + System.Text.RegularExpressions.Regex.Escape(sentence).Replace("\\*", ".*", StringComparison.Ordinal), told);
        Assert.Contains("The certificate read before stays in use, until ", told, StringComparison.Ordinal);

        var good = Pki.IssueServer(keyOf: Pki.Server);
        TestPki.WriteServer(_folder.FullName, good);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(Shows(shown, good));
        Assert.Single(_log.All);
    }

    [Fact]
    public void One_that_has_ended_is_taken_where_the_one_before_has_too()
    {
        TestPki.WriteServer(_folder.FullName, Pki.IssueServer(validUntil: TimeSpan.FromMinutes(-2)));
        var shown = Open();
        var later = Pki.IssueServer(validUntil: TimeSpan.FromMinutes(-1));
        TestPki.WriteServer(_folder.FullName, later);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.True(Shows(shown, later));
    }

    [Fact]
    public void Another_key_is_told_because_devices_may_have_been_told_of_the_one_before_alone()
    {
        TestPki.WriteServer(_folder.FullName, Pki.Server);
        var shown = Open();
        var other = Pki.IssueServer();
        TestPki.WriteServer(_folder.FullName, other);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.True(Shows(shown, other));
        Assert.StartsWith($"It has another key, {PinSet.Of(other.PublicKey.ExportSubjectPublicKeyInfo())}: ", Assert.Single(_log.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_gateway_shows_the_renewed_one_to_whoever_comes_and_keeps_whoever_is_there()
    {
        TestPki.WriteServer(_folder.FullName, Pki.Server);
        await using var service = await EchoService.StartAsync("service", Ct);
        var settings = gateway.Settings(service.Address, service.Address);
        (settings["Gateway:ServerCertificatePath"], settings["Gateway:ServerCertificateKeyPath"]) = (At("server.pem"), At("server.key"));
        await using var app = GatewayFixture.Build(settings, _time);
        await app.StartAsync(Ct);
        var ports = app.Services.GetRequiredService<GatewayAddresses>();
        await using var staying = await gateway.ConnectAsync(ports.OperatorPort, null);
        await using var device = await gateway.ConnectAsync(ports.DevicePort, Pki.IssueDevice(gateway.Device));

        var renewed = Pki.IssueServer(keyOf: Pki.Server, validUntil: TimeSpan.FromDays(90));
        TestPki.WriteServer(_folder.FullName, renewed);
        _time.Advance(TimeSpan.FromMinutes(1));
        await using var newDevice = await gateway.ConnectAsync(ports.DevicePort, Pki.IssueDevice(gateway.Device));
        await using var newOperator = await gateway.ConnectAsync(ports.OperatorPort, null);

        Assert.All([staying, device], connection => Assert.Equal(Pki.Server.GetCertHash(), connection.RemoteCertificate!.GetCertHash()));
        Assert.All([newDevice, newOperator], connection => Assert.Equal(renewed.GetCertHash(), connection.RemoteCertificate!.GetCertHash()));
        Assert.All(await Task.WhenAll(new[] { staying, device, newDevice, newOperator }.Select(AnswerAsync)), answer => Assert.Equal("HTTP/1.1 ", answer));
        Assert.Equal(Pki.Server.NotAfter.AddDays(60), app.Services.GetRequiredService<ServerCertificate>().Current.EndsAt.LocalDateTime);
    }

    private string At(string file) => Path.Combine(_folder.FullName, file);

    private ServerCertificate Open()
    {
        using var logging = new LoggerFactory([_log]);
        return new ServerCertificate(
            Options.Create(new GatewayOptions { ServerCertificatePath = At("server.pem"), ServerCertificateKeyPath = At("server.key") }), _time, logging.CreateLogger<ServerCertificate>());
    }

    private static bool Shows(ServerCertificate shown, X509Certificate2 expected) => shown.Current.Tls.TargetCertificate.RawDataMemory.Span.SequenceEqual(expected.RawData);

    private void Mount(string version, X509Certificate2 server)
    {
        TestPki.WriteServer(_folder.CreateSubdirectory(version).FullName, server);
        File.Delete(At("data"));
        File.CreateSymbolicLink(At("data"), version);
    }

    private void Break(string fault)
    {
        switch (fault)
        {
            case "missing":
                File.Delete(At("server.pem"));
                break;
            case "half":
                File.WriteAllText(At("server.pem"), Pki.Server.ExportCertificatePem()[..200]);
                break;
            case "other key":
                var key = File.ReadAllText(At("server.key"));
                TestPki.WriteServer(_folder.FullName, Pki.IssueServer());
                File.WriteAllText(At("server.key"), key);
                break;
            case "ended":
                TestPki.WriteServer(_folder.FullName, Pki.IssueServer(keyOf: Pki.Server, validUntil: TimeSpan.FromMinutes(-1)));
                break;
            default:
                TestPki.WriteServer(_folder.FullName, Pki.IssueServer(keyOf: Pki.Server, validFrom: TimeSpan.FromDays(1)));
                break;
        }
    }

    private static async Task<string> AnswerAsync(SslStream connection)
    {
        await connection.WriteAsync(Encoding.ASCII.GetBytes("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"), Ct);
        var answer = new byte["HTTP/1.1 ".Length];
        await connection.ReadExactlyAsync(answer, Ct);
        return Encoding.ASCII.GetString(answer);
    }
}
