using System.Net;
using System.Net.Http.Json;
using EdgeSync.Edge;
using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>Who may enter, through the whole: real devices that enrol themselves, the real gateway, the real registry.</summary>
public sealed class EnteringTests(Site site) : IClassFixture<Site>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_that_was_given_a_secret_and_nothing_else_enrols_and_syncs()
    {
        var device = await site.AddDeviceAsync();
        device.Produce(3);
        device.Start();

        await device.DrainAsync();

        Assert.Equal(3, site.ReadStored(device).Count);
        Assert.True(File.Exists(site.Folder.Credentials(device.Number)));
    }

    [Fact]
    public async Task Without_a_certificate_there_is_no_connection()
    {
        using var http = DeviceHttp.Client(DeviceHttp.Handler(DeviceHttp.Tls(site.Pki.Authority)), site.DeviceAddress);

        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(Routes.Commands, Ct));
    }

    [Fact]
    public async Task With_a_wrong_secret_nobody_enrols_and_the_device_says_why()
    {
        var device = await site.AddDeviceAsync(options => options with { EnrolmentSecret = "guessed" });
        device.Produce(3);
        device.Start();

        await ReasonBecomesAsync(device, ProblemTypes.EnrolmentRefused.Code);

        Assert.Empty(site.ReadStored(device));
        Assert.Equal(3, device.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task A_gateway_of_another_fleet_gets_nothing_from_a_device()
    {
        using var other = DevelopmentPki.OpenOrCreate(Path.Combine(site.Folder.Root, "another-fleet"), TimeProvider.System);
        var device = await site.AddDeviceAsync(options => options with { AuthoritiesPath = other.Files.Authority, Pins = other.GatewayPins });
        device.Start();

        await ReasonBecomesAsync(device, ReasonCodes.ServerUntrusted);
    }

    [Fact]
    public async Task A_gateway_with_a_key_that_is_not_pinned_gets_nothing_from_a_device()
    {
        var device = await site.AddDeviceAsync(options => options with { Pins = [PinSet.Of([1, 2, 3])] });
        device.Start();

        await ReasonBecomesAsync(device, ReasonCodes.PinMismatch);
    }

    [Fact]
    public async Task A_device_that_was_disabled_is_cut_off_at_once_loses_nothing_and_goes_on_when_it_may()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        await device.ListenAsync();

        await site.Operators.SetStateAsync(device, DeviceState.Disabled, "stolen");
        await ReasonBecomesAsync(device, ProblemTypes.DeviceDisabled.Code, device.Produce, status => status.Reason == ProblemTypes.DeviceDisabled.Code && !status.EventStreamConnected);
        var before = site.ReadStored(device).Count;
        device.Produce(3);

        await site.Operators.SetStateAsync(device, DeviceState.Active, "found again");
        await device.DrainAsync();

        Assert.True(site.ReadStored(device).Count >= before + 3);
        site.AssertBalanced();
    }

    [Fact]
    public async Task A_copy_of_a_whole_device_is_found_and_both_are_stopped()
    {
        var original = await site.AddDeviceAsync(Often);
        original.Start();
        await original.DrainAsync();
        var copy = await site.AddCopyAsync(original);

        copy.Start();

        await ReasonBecomesAsync(original, ProblemTypes.DeviceQuarantined.Code);
        await ReasonBecomesAsync(copy, ProblemTypes.DeviceQuarantined.Code);

        await copy.StopAsync();
        await site.Operators.SetStateAsync(original, DeviceState.Active, "the copy was switched off");
        original.Produce(1);
        await original.DrainAsync();
    }

    [Theory]
    [InlineData(Routes.Devices)]
    [InlineData(Routes.Revocations)]
    [InlineData(Routes.TokenKeys)]
    [InlineData("/health")]
    public async Task The_device_port_leads_to_nothing_that_is_for_others(string path)
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        await device.DrainAsync();
        using var certificate = device.ReadCertificate(site.Folder);
        using var http = DeviceHttp.Client(DeviceHttp.Handler(DeviceHttp.Tls(site.Pki.Authority, certificate)), site.DeviceAddress);

        using var response = await http.GetAsync(path, Ct);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("not-found", (await response.Content.ReadFromJsonAsync(ProtocolJson.Default.Problem, Ct))!.Code);
    }

    [Theory]
    [InlineData(Routes.Commands)]
    [InlineData(Routes.Token)]
    [InlineData(Routes.Revocations)]
    [InlineData(Routes.TokenKeys)]
    public async Task The_operator_port_leads_to_nothing_that_is_for_others(string path)
    {
        using var response = await site.OperatorHttp.GetAsync(path, Ct);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static EdgeDeviceOptions Often(EdgeDeviceOptions options) => options with { SyncInterval = TimeSpan.FromMilliseconds(200), HeartbeatInterval = TimeSpan.FromSeconds(1) };

    private static Task<EdgeStatus> ReasonBecomesAsync(FieldDevice device, string reason) =>
        Eventually.BecomesAsync(() => Task.FromResult(device.Device.Status), status => status.Reason == reason, $"the device's reason is {reason}");

    // A device with nothing to send does not notice.
    private static Task<EdgeStatus> ReasonBecomesAsync(FieldDevice device, string reason, Func<int, AppendResult> produce, Func<EdgeStatus, bool> holds) => Eventually.BecomesAsync(
        async () =>
        {
            produce(1);
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            await device.Device.DrainAsync(patience.Token);
            return device.Device.Status;
        },
        holds,
        $"the device's reason is {reason}");
}
