using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class ReservedConfigTests : IAsyncDisposable
{
    private const string Key = "edgesync.mode";

    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private readonly EnrolledWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task What_the_fleet_has_signed_comes_into_force()
    {
        await SetAsync(Key, Carry(new SignedConfig(null, Key, new JsonValue("1"))));
        await SetAsync("edgesync.other", Carry(new SignedConfig(_world.Id, "edgesync.other", new JsonValue("2"))));

        Assert.All(_world.Cloud.Config.Reports, report => Assert.Equal(ConfigStatus.Applied, report.Status));
        Assert.Equal([Key, "edgesync.other"], _world.Device.Config.All().Keys);
    }

    [Fact]
    public async Task What_it_has_not_is_rejected_with_a_reason()
    {
        using var stranger = new FleetDouble(Start);
        var good = Carry(new SignedConfig(null, Key, new JsonValue("1")));
        foreach (var (value, reason) in new (string?, string)[]
        {
            ("1", "signed by the fleet"),
            ("{\"signed\":1}", "signed by the fleet"),
            ("{\"signed\":\"a.b.c\"}", "no statement of this device's fleet"),
            (good.Replace('A', 'B'), "no statement of this device's fleet"),
            (FleetDouble.Carry(stranger.Sign(new SignedConfig(null, Key, new JsonValue("1")), Start)), "no statement of this device's fleet"),
            (FleetDouble.Carry(_world.Fleet.Sign(new SignedConfig(null, Key, new JsonValue("1")), Start, RevocationList.StatementType)), "no statement of this device's fleet"),
            (Carry(new SignedConfig(DeviceId.Parse("11111111-3a52-4c8e-9d0a-2f1f6c1b7a10"), Key, new JsonValue("1"))), "signed for the device 11111111"),
            (Carry(new SignedConfig(null, "edgesync.pins", new JsonValue("1"))), "signed for the key edgesync.pins"),
        })
        {
            var report = await SetAsync(Key, value);

            Assert.Equal(ConfigStatus.Rejected, report.Status);
            Assert.Contains(reason, report.Reason, StringComparison.Ordinal);
            Assert.Null(_world.Device.Config.Get(Key));
        }
    }

    [Fact]
    public async Task A_deletion_that_nobody_signed_leaves_the_value_in_force()
    {
        await SetAsync(Key, Carry(new SignedConfig(null, Key, new JsonValue("1"))));

        var report = await SetAsync(Key, null);

        Assert.Equal(ConfigStatus.Rejected, report.Status);
        Assert.NotNull(_world.Device.Config.Get(Key));
    }

    [Fact]
    public async Task A_key_of_the_control_plane_s_own_that_a_snapshot_leaves_out_is_gone()
    {
        await SetAsync(Key, Carry(new SignedConfig(null, Key, new JsonValue("1"))));
        _world.Cloud.Config.Forget(Key);
        _world.Cloud.Config.ForcesSnapshot = true;

        await ExchangeAsync();

        Assert.Empty(_world.Device.Config.All());
    }

    [Fact]
    public async Task Without_roots_nothing_reserved_comes_into_force()
    {
        await using var world = new EdgeWorld();
        world.Cloud.Config.Set(Key, Carry(new SignedConfig(null, Key, new JsonValue("1"))));

        await world.SyncAsync();

        var report = Assert.Single(world.Cloud.Config.Reports);
        Assert.Equal(ConfigStatus.Rejected, report.Status);
        Assert.Contains("set AuthoritiesPath", report.Reason, StringComparison.Ordinal);
        Assert.Null(world.Device.Config.Get(Key));
    }

    [Fact]
    public async Task A_program_with_its_own_client_may_give_the_roots()
    {
        await using var world = new EdgeWorld();
        world.Options = world.Options with { AuthoritiesPath = _world.Options.AuthoritiesPath };
        await world.RestartAsync();
        world.Cloud.Config.Set(Key, Carry(new SignedConfig(null, Key, new JsonValue("1"))));
        world.Cloud.Config.Set(PinSet.ConfigKey, FleetDouble.Carry(_world.Fleet.SignPins(Start, "no pin")));

        await world.SyncAsync();

        Assert.Equal(
            [(Key, ConfigStatus.Applied), (PinSet.ConfigKey, ConfigStatus.Rejected)], world.Cloud.Config.Reports.Select(report => (report.Key, report.Status)));
    }

    private string Carry(SignedConfig config) => FleetDouble.Carry(_world.Fleet.Sign(config, Start));

    private async Task<ConfigReport> SetAsync(string key, string? value)
    {
        _world.Cloud.Config.Set(key, value);
        _world.Cloud.Config.Reports.Clear();
        await ExchangeAsync();
        return Assert.Single(_world.Cloud.Config.Reports);
    }

    private async Task ExchangeAsync()
    {
        _world.Cloud.IntentVersion++;
        _world.Append();
        await _world.SyncAsync();
        await _world.SyncAsync();
    }
}
