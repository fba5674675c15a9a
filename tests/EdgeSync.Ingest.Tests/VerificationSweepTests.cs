using EdgeSync.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Ingest.Tests;

/// <summary>The control plane looks for damage by itself, asks the device to mend it, and tells operators.</summary>
public abstract class VerificationSweepTests : IAsyncLifetime
{
    private readonly StorageKind _kind;
    private readonly TestDevice _device = new TestDevice().Produce(5_000);
    private IngestHost _host = null!;
    private RepairDriver _driver = null!;

    private protected VerificationSweepTests(StorageKind kind) => _kind = kind;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Damaged => _kind is StorageKind.Server ? $"'\\x{new string('a', 64)}'" : $"x'{new string('a', 64)}'";

    public async ValueTask InitializeAsync()
    {
        _host = await IngestHost.StartAsync(_kind, ("Ingest:VerificationRows", "2048"), ("Ingest:VerificationAge", "01:00:00"));
        // Its own sweep stands still, so that what a test's sweep finds is its own.
        await _host.Services.GetRequiredService<VerificationSweep>().StopAsync(Ct);
        _driver = new RepairDriver(_host, _device);
        await _host.AppendAsync(_device, _device.Batch(1, 5_000));
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task Damage_is_told_to_the_device_and_to_operators_until_it_is_mended()
    {
        Assert.Equal(0, await RoundAsync());
        Assert.Null((await BeatAsync()).Verify);
        _host.Storage.Query("UPDATE telemetry_data SET value = 5 WHERE seq = 3000; DELETE FROM telemetry_data WHERE seq = 4999");

        // A round that has ended is not begun anew before its time.
        Assert.Equal(0, await RoundAsync());
        _host.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, await RoundAsync());

        Assert.Equal(new NumberRange(2_049, 5_000), (await BeatAsync()).Verify);
        var status = await StatusAsync();
        Assert.Equal((new NumberRange(2_049, 5_000), _host.Time.GetMicroseconds()), (status.Damaged, status.DamageFoundAt));
        await _driver.RepairAsync(3_000);
        Assert.Equal(new NumberRange(3_073, 5_000), (await BeatAsync()).Verify);
        await _driver.RepairAsync(4_999);
        // Between the two lies a block that was whole, which the next look tells.
        Assert.Equal(new NumberRange(3_073, 4_096), (await BeatAsync()).Verify);
        Assert.Equal(0, await RoundAsync());
        Assert.Null((await BeatAsync()).Verify);
        Assert.Null((await StatusAsync()).Damaged);
        Assert.Equal(0, await RoundAsync());
    }

    [Fact]
    public async Task Damage_that_something_else_has_mended_is_forgotten_when_its_rows_were_found_whole()
    {
        _host.Storage.Query("UPDATE telemetry_data SET value = value + 1 WHERE seq IN (10, 4000)");
        await RoundAsync();
        Assert.Equal(new NumberRange(1, 4_096), (await BeatAsync()).Verify);
        _host.Storage.Query("UPDATE telemetry_data SET value = value - 1 WHERE seq IN (10, 4000)");

        _host.Time.Advance(TimeSpan.FromHours(1));
        await RoundAsync();

        Assert.Null((await BeatAsync()).Verify);
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_mended_by_the_rows_on_both_sides()
    {
        var whole = _host.Storage.Dump();
        _host.Storage.Query($"UPDATE checkpoints SET digest = {Damaged} WHERE seq IN (1024, 4096)");

        await RoundAsync();

        Assert.Equal(whole, _host.Storage.Dump());
        Assert.Null((await BeatAsync()).Verify);
    }

    [Fact]
    public async Task Two_instances_share_the_streams_and_one_that_died_keeps_none()
    {
        foreach (var seed in Enumerable.Range(2, 5))
        {
            var other = new TestDevice(seed).Produce(3);
            await _host.AppendAsync(other, other.Batch(1, 3));
        }

        var checks = _host.Services.GetRequiredService<StreamCheckStore>();
        var now = _host.Time.GetMicroseconds();
        var one = await checks.ClaimAsync(now, now, now + 60_000_000, 4, Ct);
        var two = await checks.ClaimAsync(now, now, now + 60_000_000, 4, Ct);

        Assert.Equal((4, 2), (one.Count, two.Count));
        Assert.Empty(one.Intersect(two));
        Assert.Equal(6, (await checks.ClaimAsync(now + 60_000_000, now, now + 120_000_000, 10, Ct)).Count);
    }

    // The stream has more readings than are looked at each time.
    private async Task<int> RoundAsync()
    {
        var found = 0;
        for (var time = 0; time < 4; time++)
        {
            found += await _host.Services.GetRequiredService<VerificationSweep>().SweepAsync(Ct);
        }

        return found;
    }

    private async Task<StreamWatermark> BeatAsync()
    {
        var heartbeat = new Heartbeat(_device.Boot, _device.SentAt, "1.0", "ok", _device.SentAt, 0, 0, 0, [new StreamPosition(_device.Epoch, 5_000, 5_000, true)]);
        using var response = await _host.PostAsync(_device, Routes.Heartbeat, heartbeat);
        return Assert.Single((await response.ReadAsync(ProtocolJson.Default.HeartbeatAck)).Streams);
    }

    private async Task<StreamStatus> StatusAsync()
    {
        using var response = await _host.GetAsync(Routes.DeviceSync.Replace("{device}", _device.Id.ToString(), StringComparison.Ordinal));
        return Assert.Single((await response.ReadAsync(ProtocolJson.Default.DeviceSyncStatus)).Streams);
    }
}

public sealed class VerificationSweepsOnSqlite() : VerificationSweepTests(StorageKind.Sqlite);

public sealed class VerificationSweepsOnServer() : VerificationSweepTests(StorageKind.Server);
