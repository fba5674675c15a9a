using System.Net;
using System.Net.Sockets;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway.Tests;

public sealed class GatewayOptionsTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-options-");
    private readonly TestPki _pki = new();

    public GatewayOptionsTests()
    {
        _pki.WriteTo(_directory.FullName);
        TestTokens.WriteSigningKey(At("keys"), "one");
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private GatewayOptions Good => new() { ServerCertificatePath = At("server.pem"), ServerCertificateKeyPath = At("server.key"), FleetCaPath = At("ca.pem") };

    [Fact]
    public void Good_options_have_no_fault() => Assert.True(Validate(Good).Succeeded);

    [Fact]
    public void Address_that_is_none_says_what_to_write() =>
        HasFault(Good with { ListenAddress = "localhost" }, "Gateway:ListenAddress is 'localhost'. Write an IP address of this machine, e.g. 127.0.0.1, or 'Any'");

    [Theory]
    [InlineData(-1)]
    [InlineData(65_536)]
    public void Port_outside_its_range_says_the_range(int port) =>
        HasFault(Good with { DevicePort = port }, $"Gateway:DevicePort is {port}. Write a number from 0 to 65535.");

    [Fact]
    public void Ports_must_differ() => HasFault(Good with { OperatorPort = Good.DevicePort }, "must differ");

    [Fact]
    public void Free_ports_may_be_the_same() => Assert.True(Validate(Good with { DevicePort = 0, OperatorPort = 0, ManagementPort = 0 }).Succeeded);

    [Fact]
    public void Bounds_have_bounds() => HasFault(Good with { ConnectionsMax = 0 }, "Gateway:ConnectionsMax is 0. Write a number from 1 to 1000000.");

    [Fact]
    public void Times_have_bounds()
    {
        HasFault(Good with { RenewalGrace = TimeSpan.FromDays(-1) }, "Gateway:RenewalGrace is -1.00:00:00. Write a time from 0 to 720 h.");
        HasFault(Good with { CertificateSkew = TimeSpan.FromHours(2) }, "Gateway:CertificateSkew is 02:00:00. Write a time from 0 to 1 h.");
        HasFault(Good with { DestinationRefresh = TimeSpan.Zero }, "Gateway:DestinationRefresh is 00:00:00. Write a time from 1 s to 1 h, or leave it out.");
    }

    [Fact]
    public void Certificate_that_is_not_set_says_so() => HasFault(Good with { ServerCertificatePath = "" }, "Gateway:ServerCertificatePath is not set. Give the path");

    [Fact]
    public void Missing_file_says_which() => HasFault(Good with { FleetCaPath = At("none.pem") }, "Gateway:FleetCaPath: '" + At("none.pem") + "' cannot be opened");

    [Fact]
    public void File_without_a_certificate_says_what_belongs_there() =>
        HasFault(Good with { FleetCaPath = Write("empty.pem", "not PEM") }, "holds no PEM certificate. It must hold the fleet's CA certificates in PEM");

    [Fact]
    public void Broken_certificate_says_so() =>
        HasFault(
            Good with { ServerCertificatePath = Write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") },
            "cannot be read as PEM");

    [Fact]
    public void Key_of_another_certificate_says_so()
    {
        using var other = new TestPki();
        var elsewhere = _directory.CreateSubdirectory("other");
        other.WriteTo(elsewhere.FullName);

        HasFault(Good with { ServerCertificateKeyPath = Path.Combine(elsewhere.FullName, "server.key") }, "holds no key for the first certificate");
    }

    [Fact]
    public void Device_certificate_among_the_authorities_is_named() =>
        HasFault(
            Good with { FleetCaPath = Write("mixed.pem", _pki.Root.ExportCertificatePem() + "\n" + _pki.IssueDevice(new DeviceId(Guid.NewGuid())).ExportCertificatePem()) },
            "'CN=device' in ");

    [Fact]
    public void Fleet_without_a_root_says_so() =>
        HasFault(Good with { FleetCaPath = Write("intermediate.pem", _pki.IssueIntermediate().ExportCertificatePem()) }, "holds no self-signed root");

    [Fact]
    public void Every_fault_is_told_at_once()
    {
        var faults = Validate(new GatewayOptions { DevicePort = -1, ListenAddress = "" }).Failures!.ToArray();

        Assert.Equal(4, faults.Length);
    }

    [Fact]
    public async Task Bad_options_stop_the_host()
    {
        var settings = Settings();
        settings["Gateway:FleetCaPath"] = "";

        var stop = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(settings));

        Assert.Contains("Gateway:FleetCaPath is not set", stop.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Route_without_a_port_stops_the_host()
    {
        var settings = Settings();
        settings["ReverseProxy:Routes:extra:ClusterId"] = "ingest";
        settings["ReverseProxy:Routes:extra:Match:Path"] = "/v1/extra";

        var stop = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(settings));

        Assert.Contains("ReverseProxy:Routes:extra:Metadata:Port is ''. Write Device or Operator", stop.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Device", "Operator", "Metadata:Access is 'Operator'. Write Token, or Renewal")]
    [InlineData("Device", null, "Metadata:Access is ''. Write Token, or Renewal")]
    [InlineData("Operator", "Token", "Metadata:Access is 'Token'. Write Operator, or Open")]
    [InlineData("Operator", null, "Metadata:Access is ''. Write Operator, or Open")]
    public async Task Route_that_does_not_say_what_must_be_shown_stops_the_host(string port, string? access, string sentence)
    {
        var settings = Settings();
        settings["ReverseProxy:Routes:extra:ClusterId"] = "ingest";
        settings["ReverseProxy:Routes:extra:Match:Path"] = "/v1/extra";
        settings["ReverseProxy:Routes:extra:Metadata:Port"] = port;
        settings["ReverseProxy:Routes:extra:Metadata:Access"] = access;

        var stop = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(settings));

        Assert.Contains(sentence, stop.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_in_use_stops_the_host_and_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var settings = Settings();
        settings["Gateway:OperatorPort"] = $"{((IPEndPoint)taken.LocalEndpoint).Port}";

        var stop = await Assert.ThrowsAsync<IOException>(() => StartAsync(settings));

        Assert.Contains(settings["Gateway:OperatorPort"]!, stop.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ports_are_known_only_after_the_start()
    {
        await using var app = GatewayFixture.Build(Settings());
        var addresses = app.Services.GetRequiredService<GatewayAddresses>();

        Assert.Throws<InvalidOperationException>(() => addresses.DevicePort);
        await app.StartAsync(Ct);
        Assert.Equal(3, new[] { addresses.DevicePort, addresses.OperatorPort, addresses.ManagementPort }.Where(port => port > 0).Distinct().Count());
    }

    public void Dispose()
    {
        _pki.Dispose();
        _directory.Delete(recursive: true);
    }

    private static async Task StartAsync(Dictionary<string, string?> settings)
    {
        await using var app = GatewayFixture.Build(settings);
        await app.StartAsync(Ct);
    }

    private static ValidateOptionsResult Validate(GatewayOptions options) => new GatewayOptionsValidator().Validate(null, options);

    private static void HasFault(GatewayOptions options, string sentence) =>
        Assert.Contains(sentence, Assert.Single(Validate(options).Failures!), StringComparison.Ordinal);

    private Dictionary<string, string?> Settings() => new(TestTokens.Shared.Settings)
    {
        ["Gateway:Tokens:SigningKeysPath"] = At("keys"),
        ["Gateway:Revocations:Path"] = At("revocations.jws"),
        ["Gateway:DevicePort"] = "0",
        ["Gateway:OperatorPort"] = "0",
        ["Gateway:ManagementPort"] = "0",
        ["Gateway:ServerCertificatePath"] = At("server.pem"),
        ["Gateway:ServerCertificateKeyPath"] = At("server.key"),
        ["Gateway:FleetCaPath"] = At("ca.pem"),
        ["Services:ingest:h2c:0"] = "http://127.0.0.1:1",
        ["Services:commands:h2c:0"] = "http://127.0.0.1:1",
    };

    private string At(string file) => Path.Combine(_directory.FullName, file);

    private string Write(string file, string text)
    {
        File.WriteAllText(At(file), text);
        return At(file);
    }
}
