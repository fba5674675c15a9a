using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>The verb <c>doctor</c> against a control plane and a device that are there.</summary>
public sealed class DoctorTests(Site site) : IClassFixture<Site>
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly DeviceFacts Well = new("d", 6, "ok", 1 << 20, 1L << 40, 0, null, 0, 0, Microseconds.From(Now), [], Now.AddDays(20));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_that_syncs_is_well_and_so_is_its_control_plane()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        device.Produce(5);
        await device.DrainAsync();

        var facts = DeviceFactsStore.Read(device.Options.DatabasePath, device.Options.IdentityFolder);
        var controlPlane = await AskAsync(site.Pki.OperatorToken([Access.FleetRead], TimeSpan.FromHours(1)));

        Assert.Equal((device.Id.ToString(), "ok", 0L, 0L), (facts.Device, facts.Check, facts.Pending, facts.DeadLetters));
        Assert.All(DeviceRules.Judge(facts, TimeProvider.System.GetUtcNow(), hasIdentity: true), finding => Assert.True(finding.IsGood, finding.ToText()));
        Assert.All(ControlPlaneRules.Judge(controlPlane, TimeProvider.System.GetUtcNow()), finding => Assert.True(finding.IsGood, finding.ToText()));
        Assert.Contains(controlPlane.Devices, one => one.Device.Id == device.Id && one.Sync is not null);
    }

    [Fact]
    public async Task Whoever_may_not_ask_is_told_what_to_bring()
    {
        var finding = Assert.Single(ControlPlaneRules.Judge(await AskAsync("no-token"), TimeProvider.System.GetUtcNow()), finding => !finding.IsGood);

        Assert.Equal("token", finding.Subject);
        Assert.Contains("--token", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_control_plane_that_is_not_there_is_told_from_one_that_refuses()
    {
        var probe = new ControlPlaneProbe(site.Pki.Authority, new Uri("https://127.0.0.1:1"), "token", TimeProvider.System);

        var finding = Assert.Single(ControlPlaneRules.Judge(await probe.AskAsync(Ct), TimeProvider.System.GetUtcNow()));

        Assert.False(finding.IsGood);
        Assert.StartsWith("look control plane: https://127.0.0.1:1/: ConnectionError.", finding.ToText(), StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Ill => new()
    {
        { "check", "file", "it puts what can be read into a new file" },
        { "salvages", "salvages", "Check the disk" },
        { "disk", "disk", "Make room" },
        { "backlog", "backlog", "why it does not sync" },
        { "letters", "dead letters", "list-dead-letters" },
        { "network", "network", "Check the network" },
        { "paused", "telemetry", "send the command resume" },
        { "no-certificate", "certificate", "enrolment secret" },
        { "ended", "certificate", "renews a certificate that has ended" },
        { "ending", "certificate", "something keeps it from that" },
        { "clock", "clock", "Set this machine's clock" },
    };

    [Theory]
    [MemberData(nameof(Ill))]
    public void What_is_wrong_with_a_device_is_said_with_what_to_do(string what, string subject, string remedy)
    {
        var facts = what switch
        {
            "check" => Well with { Check = "*** in database main ***" },
            "salvages" => Well with { Salvages = 2 },
            "disk" => Well with { FreeBytes = 1_000 },
            "backlog" => Well with { Pending = 9, OldestPendingAt = Microseconds.From(Now.AddHours(-2)) },
            "letters" => Well with { DeadLetters = 3 },
            "network" => Well with { Events = [new DeviceEvent("network", "offline-unreachable", "refused", Microseconds.From(Now.AddMinutes(-5)))] },
            "paused" => Well with { Events = [new DeviceEvent("telemetry", "paused", "", Microseconds.From(Now.AddMinutes(-5)))] },
            "no-certificate" => Well with { CertificateNotAfter = null },
            "ended" => Well with { CertificateNotAfter = Now.AddSeconds(-1) },
            "ending" => Well with { CertificateNotAfter = Now.AddDays(1) },
            _ => Well with { NewestAt = Microseconds.From(Now.AddHours(1)) },
        };

        var finding = Assert.Single(DeviceRules.Judge(facts, Now, hasIdentity: true), finding => !finding.IsGood);

        Assert.Equal(subject, finding.Subject);
        Assert.Contains(remedy, finding.Remedy, StringComparison.Ordinal);
        Assert.All(DeviceRules.Judge(Well, Now, hasIdentity: true), other => Assert.True(other.IsGood, other.ToText()));
    }

    [Fact]
    public void A_network_that_an_exchange_got_through_since_works()
    {
        DeviceEvent failed = new("network", "offline-unreachable", "refused", 5), passed = new("telemetry", "ok", "", 6);

        Assert.All(DeviceRules.Judge(Well with { Events = [failed, passed] }, Now, hasIdentity: true), finding => Assert.True(finding.IsGood, finding.ToText()));
        Assert.Contains(DeviceRules.Judge(Well with { Events = [failed with { At = 7 }, passed] }, Now, hasIdentity: true), finding => !finding.IsGood);
    }

    [Fact]
    public void What_is_wrong_with_the_fleet_names_the_devices()
    {
        var (good, silent, failing) = (Device(1), Device(2), Device(3) with { State = DeviceState.Quarantined });
        var facts = new ControlPlaneFacts(
            new Uri("https://control-plane"), Now.AddDays(3), TimeSpan.FromSeconds(90), null,
            [
                (good, Sync(good)),
                (silent, Sync(silent) with { SilentSince = 1 }),
                (failing, Sync(failing, "rate-limited", deadLetters: 4) with { ClockOffsetMicroseconds = 90_000_000 }),
            ],
            More: true);

        var wrong = ControlPlaneRules.Judge(facts, Now).Where(finding => !finding.IsGood).Select(finding => $"{finding.Subject}: {finding.What}");

        Assert.Equal(
            [
                "gateway's certificate: ends 2030-01-04 12:00:00Z", "clock: the control plane's is 90 s off this machine's", "refused devices: 1: device 3 (quarantined)",
                "silent devices: 1: device 2 (silent)", "failing devices: 1: device 3 (rate-limited)", "dead letters: 1: device 3 (4)", "wrong clocks: 1: device 3 (90 s)",
            ],
            wrong);
    }

    private Task<ControlPlaneFacts> AskAsync(string token) => new ControlPlaneProbe(site.Pki.Authority, site.OperatorHttp.BaseAddress!, token, TimeProvider.System).AskAsync(Ct);

    private static DeviceView Device(int number) => new(new DeviceId(new Guid(number, 0, 0, new byte[8])), $"device {number}", DeviceState.Active, [], 0);

    private static DeviceSyncStatus Sync(DeviceView device, string reason = "ok", int deadLetters = 0) =>
        new(device.Id, [], 1, 0, new Boot(1, 1), new Heartbeat(new Boot(1, 1), 1, "0.1.0", reason, 1, 0, 0, deadLetters, []));
}
