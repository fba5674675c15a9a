using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class PinTests : IDisposable
{
    private const string A = FleetDouble.Pin;
    private const string B = FleetDouble.OtherPin;

    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly DeviceId Device = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-test-");
    private readonly FleetDouble _fleet = new(Start);

    public static TheoryData<string[], int?, string[], int, string?, string?> Offers => new()
    {
        { [A], null, [B], 0, null, null },
        { [A], 0, [A, B], 1, A, null },
        { [A, B], 0, [B], 1, B, null },
        { [A], 0, [B], 0, null, null },
        { [A], 0, [B], 1, A, "leaves out" },
        { [A], 1, [A, B], 0, A, "before the pins in force" },
        { [A], 0, [], 1, null, "1 to 8 pins" },
        { [A], 0, ["sha256/short"], 1, null, "1 to 8 pins" },
        { [A], 0, [A, A, A, A, A, A, A, A, A], 1, null, "1 to 8 pins" },
    };

    public void Dispose()
    {
        _fleet.Dispose();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Offers), DisableDiscoveryEnumeration = true)]
    public void The_newest_set_that_does_not_lock_the_device_out_wins(string[] known, int? knownAt, string[] offered, int offeredAt, string? shown, string? reason)
    {
        var refusal = PinDecision.WhyNot(new KnownPins(known, knownAt is { } day ? Start.AddDays(day) : null), new KnownPins(offered, Start.AddDays(offeredAt)), shown);

        Assert.Equal(reason is null, refusal is null);
        Assert.Contains(reason ?? "", refusal ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_taken_is_in_force_after_a_restart()
    {
        var pins = Open([A]);
        Assert.Null(pins.Offer(_fleet.SignPins(Start, A, B)));
        Assert.Null(pins.Offer(_fleet.SignPins(Start, A, B)));

        Assert.Equal([A, B], Open([A]).Known);
        Assert.Equal(["pins"], pins.TakeNotes().Select(note => note.Event));
        Assert.Empty(pins.TakeNotes());
    }

    [Fact]
    public void What_was_refused_changes_nothing_and_is_noted()
    {
        var pins = Open([A]);
        pins.Saw(A);
        Assert.Null(pins.Offer(_fleet.SignPins(Start, A, B)));

        Assert.Contains("before the pins in force", pins.Offer(_fleet.SignPins(Start.AddDays(-1), A)), StringComparison.Ordinal);
        Assert.Contains("locked out", pins.Offer(_fleet.SignPins(Start.AddDays(1), B)), StringComparison.Ordinal);
        Assert.Contains("no statement", pins.Offer("x"), StringComparison.Ordinal);

        Assert.Equal([A, B], Open([]).Known);
        Assert.Equal(["pins", "pins-refused", "pins-refused", "pins-refused"], pins.TakeNotes().Select(note => note.Event));
    }

    [Fact]
    public async Task Pins_come_with_the_certificate_and_newer_ones_by_configuration()
    {
        await using var world = new EnrolledWorld();
        world.Pins = world.Fleet.SignPins(Start, A);
        await world.SyncAsync();
        Assert.Contains(world.Device.ReadSyncLog(20), line => (line.Area, line.Event, line.Detail) == ("certificate", "pins", A));
        world.Cloud.Config.Set(PinSet.ConfigKey, FleetDouble.Carry(world.Fleet.SignPins(Start.AddDays(1), A, B)));
        world.Cloud.IntentVersion++;
        world.Append();
        await world.SyncAsync();
        await world.SyncAsync();

        Assert.Equal(ConfigStatus.Applied, Assert.Single(world.Cloud.Config.Reports).Status);
        Assert.Contains(world.Device.ReadSyncLog(20), line => (line.Area, line.Event, line.Detail) == ("certificate", "pins", $"{A}, {B}"));
        // A renewal's answer that was on its way carries the set of before.
        world.Time.Advance(TimeSpan.FromDays(20));
        await world.SyncAsync();
        Assert.Equal((1L, "ok"), (world.Device.Status.Counters.Renewals, world.Device.Status.Reason));
        Assert.Contains(world.Device.ReadSyncLog(20), line => (line.Area, line.Event) == ("certificate", "pins-refused"));
    }

    private GatewayPins Open(string[] initial) => new(Device, _fleet.Roots, new IdentityFolder(_directory.FullName), initial);
}
