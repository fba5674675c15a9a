using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands.Tests;

public abstract class FleetStatusTests(ContractDatabase on) : IAsyncLifetime
{
    private const long Second = 1_000_000;

    private CommandsHost _host = null!;
    private List<DeviceId> _devices = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private long Now => _host.Time.GetMicroseconds();

    /// <summary>Five devices: one syncs, one says why it does not, one is silent, one was never heard, one is stopped.</summary>
    public async ValueTask InitializeAsync()
    {
        _host = await CommandsHost.StartAsync(on);
        _devices = await _host.RegisterManyAsync(5, place => new() { ["site"] = place < 3 ? "north" : "south" });
        await HeardAsync(0, "ok", ago: 1, pending: 10, oldest: 20);
        await HeardAsync(1, "unreachable", ago: 2, pending: 500, oldest: 900);
        await HeardAsync(2, "ok", ago: 1_000, pending: 7, oldest: 2_000);
        await _host.SetStateAsync(_devices[4], DeviceState.Disabled, "sold");
        await _host.ExecuteAsync("INSERT INTO streams (device_id, epoch, watermark, digest, stored, refused, gaps, opened_at, updated_at) VALUES (@device, 5, 42, @digest, 42, 0, 0, 1, 1)", new { device = _devices[0], digest = new byte[32] });
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task The_fleet_is_told_in_one_answer()
    {
        var status = await GetAsync<FleetStatus>(Routes.Fleet);

        Assert.Equal((5, 517L, 42L, (long?)(Now - (2_000 * Second))), (status.Devices, status.PendingRecords, status.Stored, status.OldestPendingAt));
        Assert.Equal(
            new Dictionary<string, int> { ["stopped"] = 1, ["silent"] = 1, ["failing"] = 1, ["late"] = 0, ["attention"] = 0, ["unseen"] = 1, ["ok"] = 1 }, status.Health.ToDictionary());
        Assert.Equal(new Dictionary<string, int> { ["unreachable"] = 1 }, status.Reasons.ToDictionary());
        Assert.Equal(new Dictionary<string, int> { ["1.0"] = 3 }, status.Versions.ToDictionary());
    }

    [Fact]
    public async Task A_selector_restricts_it()
    {
        var status = await GetAsync<FleetStatus>($"{Routes.Fleet}?selector=site%3Dsouth");

        Assert.Equal((2, 0L), (status.Devices, status.PendingRecords));
        Assert.Equal((1, 1), (status.Health["unseen"], status.Health["stopped"]));
        await _host.Operator.SendAsync(HttpMethod.Get, $"{Routes.Fleet}?selector=site%3D%3D%3D").RefusedAsync(ProblemTypes.Validation);
    }

    [Theory]
    [InlineData("", "0 1 2 3 4")]
    [InlineData("?health=failing", "1")]
    [InlineData("?reason=unreachable", "1")]
    [InlineData("?selector=site%3Dsouth", "3 4")]
    [InlineData("?search=D3", "3")]
    [InlineData("?order=oldest", "2 1 0 3 4")]
    [InlineData("?order=pending", "1 0 2 3 4")]
    [InlineData("?order=seen", "3 4 2 1 0")]
    [InlineData("?health=ok&order=oldest&selector=site%3Dsouth", "")]
    public async Task Devices_are_filtered_and_ordered_and_paged(string query, string expected)
    {
        var found = new List<DeviceId>();
        for (string? after = null; ;)
        {
            var page = await GetAsync<Page<FleetDevice>>($"{Routes.FleetDevices}{query}{(query.Length == 0 ? '?' : '&')}limit=2{(after is null ? "" : $"&after={after}")}");
            found.AddRange(page.Items.Select(item => item.Device));
            if ((after = page.Next) is null)
            {
                break;
            }
        }

        Assert.Equal(expected, string.Join(' ', found.Select(device => _devices.IndexOf(device))));
    }

    [Fact]
    public async Task A_device_in_the_list_says_what_it_said()
    {
        var device = (await GetAsync<Page<FleetDevice>>($"{Routes.FleetDevices}?health=failing")).Items.Single();

        Assert.Equal(("unreachable", 500L, "1.0", 4_096L), (device.Reason, device.PendingRecords, device.AgentVersion, device.DatabaseBytes));
        Assert.Equal("north", device.Labels["site"]);
    }

    [Theory]
    [InlineData("health=well")]
    [InlineData("order=best")]
    [InlineData("after=5")]
    [InlineData("limit=0")]
    [InlineData("reason=")]
    public async Task What_cannot_be_asked_is_refused_with_its_field(string query)
    {
        var problem = await _host.Operator.SendAsync(HttpMethod.Get, $"{Routes.FleetDevices}?{query}").RefusedAsync(ProblemTypes.Validation);

        Assert.Equal([query[..query.IndexOf('=', StringComparison.Ordinal)]], problem.Errors!.Keys);
    }

    [Fact]
    public async Task The_map_has_a_digit_for_each_device()
    {
        var map = await GetAsync<FleetMap>(Routes.FleetMap);

        Assert.Equal(_devices, map.Devices);
        Assert.Equal([DeviceHealth.Ok, DeviceHealth.Failing, DeviceHealth.Silent, DeviceHealth.Unseen, DeviceHealth.Stopped], map.Health.Select(digit => (DeviceHealth)(digit - '0')));
    }

    [Fact]
    public async Task Whoever_watches_is_told_at_once_and_then_of_what_changes()
    {
        using var answer = await _host.Operator.GetAsync(Routes.FleetEvents, HttpCompletionOption.ResponseHeadersRead, Ct);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Ct));
        var first = await EventAsync(reader);
        Assert.Equal("fleet", first.Name);
        Assert.Equal(1, JsonSerializer.Deserialize(first.Data, ProtocolJson.Default.FleetStatus)!.Health["ok"]);

        await HeardAsync(3, "ok", ago: 0, pending: 0, oldest: null);
        _host.Time.Advance(new StatusOptions().RefreshInterval);
        Assert.Equal("fleet", (await EventAsync(reader)).Name);
        var change = await EventAsync(reader);
        Assert.Equal("map", change.Name);
        Assert.Equal(new Dictionary<string, string> { ["3"] = "6" }, JsonSerializer.Deserialize(change.Data, ProtocolJson.Default.FleetMapChange)!.Changes!.ToDictionary());
    }

    [Fact]
    public async Task The_fleets_history_is_a_sample_a_minute_and_tells_when_the_backlog_is_drained()
    {
        var work = _host.Get<FleetHistoryWork>();
        for (var minute = 0; minute < 5; minute++)
        {
            // The service itself may come first when the minute begins: it sees the same.
            await HeardAsync(1, "ok", ago: 0, pending: 500 - (minute * 100), oldest: 10);
            _host.Time.Advance(TimeSpan.FromMinutes(1));
            await work.SampleAsync(Ct);
            await work.SampleAsync(Ct);
        }

        var history = await GetAsync<FleetHistory>($"{Routes.FleetHistory}?hours=1");
        Assert.Equal([517, 417, 317, 217, 117], history.Samples.Select(sample => sample.PendingRecords));
        Assert.Equal((5, 42L), (history.Samples[^1].Devices, history.Samples[^1].Stored));
        // 117 are left, a hundred fewer each minute.
        Assert.InRange((await GetAsync<FleetStatus>(Routes.Fleet)).DrainsAt!.Value - Now, 60 * Second, 120 * Second);
        await _host.Operator.SendAsync(HttpMethod.Get, $"{Routes.FleetHistory}?hours=25").RefusedAsync(ProblemTypes.Validation);
    }

    [Fact]
    public async Task The_history_tells_how_long_readings_took_through_all_instances_together()
    {
        await _host.Get<FleetHistoryWork>().SampleAsync(Ct);
        var minute = Now / FleetHistoryStore.SlotLength;
        // 97 batches within 1 ms through one; through the other two within 1.024 s, and one within 2^20 ms.
        await _host.ExecuteAsync($"INSERT INTO sync_latency (minute, process, counts) VALUES ({minute}, 'a 1', '0:97'), ({minute}, 'b 1', '40:2 80:1'), ({minute - 1}, 'a 1', '127:1000')");

        var sample = Assert.Single((await GetAsync<FleetHistory>($"{Routes.FleetHistory}?hours=1")).Samples);

        Assert.Equal((1, 1, 1_024), (sample.LatencyP50Milliseconds, sample.LatencyP95Milliseconds, sample.LatencyP99Milliseconds));
    }

    [Fact]
    public async Task A_day_is_kept_of_the_fleet_and_not_more()
    {
        var store = _host.Get<FleetHistoryStore>();
        for (var minute = 0; minute < FleetHistoryStore.SlotsCount + 3; minute += 3)
        {
            await store.WriteAsync(new FleetSample(minute * FleetHistoryStore.SlotLength, 1, 1, 0, 0, minute, 0), Ct);
        }

        var kept = await store.ReadAsync(0, Ct);
        Assert.Equal(FleetHistoryStore.SlotsCount / 3, kept.Count);
        Assert.Equal(3 * FleetHistoryStore.SlotLength, kept[0].At);
    }

    [Fact]
    public async Task A_devices_history_says_when_it_is_drained_and_full()
    {
        for (var slot = 0; slot < 4; slot++)
        {
            await _host.ExecuteAsync(
                """
                INSERT INTO status_history (device_id, slot, taken_at, reason, pending_records, pending_bytes, oldest_pending_at, disk_free_bytes, database_bytes)
                VALUES (@device, @slot, @at, 'ok', @pending, 1, NULL, @disk, 4096)
                """,
                new { device = _devices[1], slot = (long)slot, at = Now - ((20 - (slot * 5)) * 60 * Second), pending = 800L - (slot * 100), disk = 8_000L - (slot * 1_000) });
        }

        var history = await GetAsync<DeviceHistory>($"{Routes.Devices}/{_devices[1]}/history");

        // The last is the heartbeat itself.
        Assert.Equal([800, 700, 600, 500, 500], history.Samples.Select(sample => sample.PendingRecords));
        Assert.NotNull(history.DrainsAt);
        Assert.Empty((await GetAsync<DeviceHistory>($"{Routes.Devices}/{_devices[3]}/history")).Samples);
    }

    [Fact]
    public async Task Who_asks_is_told_what_it_may_do()
    {
        using var reader = _host.Client(Testing.TestTokens.Shared.ForOperator(Access.FleetRead));

        Assert.False((await reader.SendAsync<OperatorView>(HttpMethod.Get, Routes.Operator)).MayWrite);
        Assert.True((await GetAsync<OperatorView>(Routes.Operator)).MayWrite);
    }

    private Task<T> GetAsync<T>(string path) => _host.Operator.SendAsync<T>(HttpMethod.Get, path);

    private async Task HeardAsync(int place, string reason, long ago, long pending, long? oldest)
    {
        var row = new { device = _devices[place], reason, at = Now - (ago * Second), pending, oldest = oldest is { } seconds ? Now - (seconds * Second) : (long?)null };
        await _host.ExecuteAsync("DELETE FROM sync_status WHERE device_id = @device", row);
        await _host.ExecuteAsync("DELETE FROM device_status WHERE device_id = @device", row);
        await _host.ExecuteAsync("INSERT INTO sync_status (device_id, boot, nonce, last_seen_at, clock_offset_us) VALUES (@device, 1, 1, @at, 0)", row);
        await _host.ExecuteAsync(
            """
            INSERT INTO device_status (device_id, heartbeat_at, reason, reason_since, agent_version, pending_records, pending_bytes, oldest_pending_at, dead_letters, database_bytes)
            VALUES (@device, @at, @reason, @at, '1.0', @pending, 1, @oldest, 0, 4096)
            """,
            row);
    }

    private static async Task<(string Name, string Data)> EventAsync(StreamReader reader)
    {
        var name = await reader.ReadLineAsync(Ct);
        var data = await reader.ReadLineAsync(Ct);
        await reader.ReadLineAsync(Ct);
        return (name!["event: ".Length..], data!["data: ".Length..]);
    }
}

public sealed class FleetStatusOnSqlite() : FleetStatusTests(ContractDatabase.Sqlite);

public sealed class FleetStatusOnServer() : FleetStatusTests(ContractDatabase.Server);
