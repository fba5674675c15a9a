using EdgeSync.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace EdgeSync.Edge.Tests;

public sealed class OptionsTests : IDisposable
{
    private static readonly EdgeDeviceOptions Valid = new()
    {
        Device = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10"),
        DatabasePath = "device.db",
        ControlPlane = new Uri("https://gateway.example:8443"),
    };

    private static readonly EdgeDeviceOptions Managed = Valid with
    {
        IdentityFolder = "identity",
        AuthoritiesPath = "ca.pem",
        Enrolment = new Uri("https://gateway.example:8444"),
        EnrolmentSecret = "secret",
        Pins = [FleetDouble.Pin],
    };

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-test-");

    public static TheoryData<EdgeDeviceOptions, string> Wrong => new()
    {
        { Valid with { Device = default }, "Device is missing; set it to the device's UUID" },
        { Valid with { DatabasePath = " " }, "DatabasePath is missing; set it to the path" },
        { Valid with { ControlPlane = null }, "set it to the gateway's address" },
        { Valid with { ControlPlane = new Uri("ftp://x") }, "ControlPlane is 'ftp://x/'; set it to" },
        { Valid with { BatchReadingsMax = 0 }, "BatchReadingsMax is 0; set it to 1 to 5000." },
        { Valid with { SyncLogRowsMax = 1 }, "SyncLogRowsMax is 1; set it to 10 to 1000000." },
        { Valid with { SyncInterval = TimeSpan.Zero }, "SyncInterval is 00:00:00; set it to a time from 00:00:00.0100000 to 1.00:00:00." },
        { Valid with { BackoffInitial = TimeSpan.FromMinutes(1) }, "set BackoffInitial to BackoffMax or less" },
        { Valid with { ReceiptInterval = TimeSpan.FromSeconds(59) }, "ReceiptInterval is 00:00:59; set it to a time from 00:01:00 to 365.00:00:00." },
        { Valid with { HeartbeatInterval = TimeSpan.FromDays(3) }, "HeartbeatInterval is 3.00:00:00; set it to" },
        { Managed with { AuthoritiesPath = null }, "AuthoritiesPath is missing, which IdentityFolder needs" },
        { Managed with { IdentityFolder = " " }, "IdentityFolder is empty" },
        { Managed with { ControlPlane = new Uri("http://gateway.example") }, "connects by https" },
        { Managed with { Enrolment = null }, "EnrolmentSecret is set without Enrolment" },
        { Managed with { Enrolment = new Uri("http://gateway.example") }, "set it to the address of the gateway's operator port" },
        { Managed with { Pins = ["sha256/x"] }, "Pins are not right" },
        { Valid with { Pins = [FleetDouble.Pin] }, "Pins are set without IdentityFolder" },
        { Valid with { Enrolment = new Uri("https://gateway.example:8444") }, "Enrolment is set without IdentityFolder" },
        { Valid with { ConfigChecks = new Dictionary<string, ConfigCheck> { ["pump works"] = static _ => ValueTask.FromResult(ConfigCheckResult.Healthy) } }, "name a check by 1 to 128 letters" },
        { Valid with { Durability = (Durability)9 }, "set it to Full or Normal" },
    };

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_wrong_value_is_named_with_what_to_change(EdgeDeviceOptions options, string message) =>
        Assert.Contains(message, Assert.Single(options.Check()), StringComparison.Ordinal);

    [Fact]
    public void Defaults_with_the_three_needed_values_are_right() => Assert.Empty(Valid.Check());

    [Fact]
    public void A_device_with_its_own_identity_is_right_and_tells_no_secret()
    {
        Assert.Empty(Managed.Check());
        Assert.DoesNotContain("secret", Managed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_may_leave_certificate_and_pins_to_the_device()
    {
        using var fleet = new FleetDouble(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        var folder = Path.Combine(_directory.FullName, "identity");
        using var host = Host(new()
        {
            ["EdgeSync:Device:ControlPlane"] = "https://127.0.0.1:1",
            ["EdgeSync:Device:Enrolment"] = "https://127.0.0.1:1",
            ["EdgeSync:Device:EnrolmentSecret"] = "secret",
            ["EdgeSync:Device:IdentityFolder"] = folder,
            ["EdgeSync:Device:AuthoritiesPath"] = fleet.WriteRoots(_directory.FullName),
            ["EdgeSync:Device:Pins:0"] = FleetDouble.Pin,
        });
        var device = host.Services.GetRequiredService<EdgeDevice>();
        await device.Parts.Agent.PassAsync(TestContext.Current.CancellationToken, TestContext.Current.CancellationToken);

        Assert.Equal([FleetDouble.Pin], host.Services.GetRequiredService<IOptions<EdgeDeviceOptions>>().Value.Pins);
        Assert.True(File.Exists(Path.Combine(folder, "pending.key")));
    }

    [Fact]
    public void Roots_that_cannot_be_read_stop_the_device_with_a_sentence()
    {
        var options = Managed with { DatabasePath = Path.Combine(_directory.FullName, "device.db"), AuthoritiesPath = Path.Combine(_directory.FullName, "none.pem") };

        var e = Assert.Throws<DeviceIdentityException>(() => EdgeDevice.Open(
            options, static tls => new SocketsHttpHandler { SslOptions = tls }, [], TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, new Random(1)));

        Assert.Contains("Set AuthoritiesPath to a PEM file", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Opening_with_wrong_options_says_all_that_is_wrong()
    {
        var e = Assert.Throws<ArgumentException>(() => EdgeDevice.Open(
            Valid with { BatchReadingsMax = 0, DatabasePath = "" }, new HttpClient(), [], TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, new Random(1)));

        Assert.Contains("BatchReadingsMax", e.Message, StringComparison.Ordinal);
        Assert.Contains("DatabasePath", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_value_stops_the_host_with_a_sentence()
    {
        using var host = Host(new() { ["EdgeSync:Device:BatchReadingsMax"] = "999999" });

        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("EdgeSync:Device:BatchReadingsMax is 999999; set it to 1 to 5000.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_s_own_program_needs_one_call()
    {
        using var host = Host([]);
        await host.StartAsync(TestContext.Current.CancellationToken);

        var refusal = await host.Services.GetRequiredService<SensorCollector>().ReportAsync(new Reading("temperature", 1, 20.5), TestContext.Current.CancellationToken);

        Assert.Equal(ReadingRefusal.None, refusal);
        var device = host.Services.GetRequiredService<EdgeDevice>();
        Assert.Equal(1, device.Status.PendingRecords);
        Assert.Equal("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10", device.Id.ToString());
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    private IHost Host(Dictionary<string, string?> settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["EdgeSync:Device:Device"] = "0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10",
            ["EdgeSync:Device:DatabasePath"] = Path.Combine(_directory.FullName, "device.db"),
            ["EdgeSync:Device:ControlPlane"] = "http://127.0.0.1:1",
        });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddEdgeDevice(builder.Configuration.GetSection(EdgeDeviceOptions.SectionName));
        return builder.Build();
    }
}
