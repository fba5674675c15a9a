using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

public abstract class HeartbeatTests : IAsyncLifetime
{
    private readonly StorageKind _kind;

    private protected HeartbeatTests(StorageKind kind) => _kind = kind;

    private readonly TestDevice _device = new TestDevice().Produce(20);
    private IngestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngestHost.StartAsync(_kind);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task A_heartbeat_is_kept_and_answered_with_clock_and_intent_version()
    {
        _host.Storage.Query($"INSERT INTO device_hints (device_id, intent_version) VALUES ('{_device.Id}', 7)");
        using var response = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat());

        var ack = await response.ReadAsync(ProtocolJson.Default.HeartbeatAck);
        Assert.Equal((TestDevice.Start, 7L), (ack.ServerTime, ack.IntentVersion));
        var status = await StatusAsync();
        Assert.Equal((TestDevice.Start, 1_500_000, _device.Boot), (status.LastSeenAt, status.ClockOffsetMicroseconds, status.Boot));
        Assert.Equal(("rate-limited", 12L), (status.Heartbeat!.Reason, status.Heartbeat.PendingRecords));
        Assert.Equal([new StreamPosition(_device.Epoch, 20, 8, true)], status.Heartbeat.Streams);
        Assert.Empty(status.Streams);
    }

    [Fact]
    public async Task What_it_says_is_kept_in_columns_for_whoever_looks_at_the_fleet()
    {
        var told = Heartbeat() with
        {
            OldestPendingAt = TestDevice.Start - 5,
            DiskFreeBytes = 1_000,
            IntervalMilliseconds = 30_000,
            DeadLetters = 2,
            Storage = new StorageReport(4_096, 0, 0, 0, 0, 0, BytesMax: 8_192),
        };
        foreach (var heartbeat in new[] { told with { Reason = "unreachable", SentAt = told.SentAt - 1 }, told })
        {
            using var kept = await _host.PostAsync(_device, Routes.Heartbeat, heartbeat);
            await kept.ReadAsync(ProtocolJson.Default.HeartbeatAck);
        }

        Assert.Equal(
            [$"{TestDevice.Start}|rate-limited|{told.ReasonSince}|{told.AgentVersion}|30000|12|{told.PendingBytes}|{TestDevice.Start - 5}|2|1000|4096|8192"],
            _host.Storage.Query("""
                SELECT heartbeat_at, reason, reason_since, agent_version, interval_ms, pending_records, pending_bytes, oldest_pending_at, dead_letters, disk_free_bytes, database_bytes, database_bytes_max
                FROM device_status
                """));
    }

    [Fact]
    public async Task A_devices_history_is_a_ring_of_six_hours()
    {
        const int Minutes = 6 * 60 + 15;
        for (var minute = 0; minute <= Minutes; minute++)
        {
            using var kept = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with { SentAt = _host.Time.GetMicroseconds(), PendingRecords = minute });
            await kept.ReadAsync(ProtocolJson.Default.HeartbeatAck);
            _host.Time.Advance(TimeSpan.FromMinutes(1));
        }

        var firstOfEach = _host.Storage.Query("SELECT pending_records FROM status_history ORDER BY taken_at");
        Assert.Equal(StatusSlots.Count, firstOfEach.Count);
        Assert.Equal(Minutes - (Minutes % 5), int.Parse(firstOfEach[^1], CultureInfo.InvariantCulture));
        Assert.All(firstOfEach.Zip(firstOfEach.Skip(1)), pair => Assert.Equal(5, int.Parse(pair.Second, CultureInfo.InvariantCulture) - int.Parse(pair.First, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Two_machines_in_turn_are_proved_and_the_proof_is_kept()
    {
        var (original, copy) = (new Boot(1, 11), new Boot(2, 22));
        foreach (var boot in new[] { original, copy, original with { Number = 3 } })
        {
            using var kept = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with { Boot = boot });
            await kept.ReadAsync(ProtocolJson.Default.HeartbeatAck);
        }

        using var answer = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with { Boot = copy with { Number = 4 } });

        await answer.ProblemAsync(ProblemTypes.DeviceQuarantined);
        Assert.Equal([$"{_device.Id} 22 4"], _host.Storage.Query("SELECT device_id || ' ' || nonce || ' ' || boot FROM clone_proofs"));
        Assert.Empty(_host.Storage.Query("SELECT nonce FROM superseded_runs"));
        Assert.Equal(new Boot(3, 11), (await StatusAsync()).Boot);
    }

    [Fact]
    public async Task A_few_superseded_runs_are_remembered()
    {
        for (var run = 1; run <= 12; run++)
        {
            using var kept = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with { Boot = new Boot(run, run) });
            await kept.ReadAsync(ProtocolJson.Default.HeartbeatAck);
            _host.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["4", "5", "6", "7", "8", "9", "10", "11"], _host.Storage.Query("SELECT CAST(nonce AS TEXT) FROM superseded_runs ORDER BY superseded_at"));
    }

    [Fact]
    public async Task A_heartbeat_is_answered_with_the_watermark_of_each_stream_that_it_names()
    {
        var never = new TestDevice(9) { Id = _device.Id };
        await _host.AppendAsync(_device, _device.Batch(1, 12));

        using var response = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with
        {
            Streams = [new StreamPosition(never.Epoch, 5, 5, true), new StreamPosition(_device.Epoch, 20, 20, false)],
        });

        var ack = await response.ReadAsync(ProtocolJson.Default.HeartbeatAck);
        Assert.Equal([new StreamWatermark(never.Epoch, 0), new StreamWatermark(_device.Epoch, 12)], ack.Streams);
    }

    [Fact]
    public async Task A_heartbeat_that_was_overtaken_changes_nothing_and_one_after_a_clock_set_back_does()
    {
        using var newer = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with { PendingRecords = 1 });
        using var late = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with { SentAt = TestDevice.Start, PendingRecords = 99 });
        await late.ReadAsync(ProtocolJson.Default.HeartbeatAck);
        Assert.Equal(1, (await StatusAsync()).Heartbeat!.PendingRecords);

        using var setBack = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with { SentAt = TestDevice.Start - 86_400_000_000, PendingRecords = 7 });

        Assert.Equal(7, (await StatusAsync()).Heartbeat!.PendingRecords);
    }

    [Fact]
    public async Task A_status_shows_streams_newest_first_and_the_last_heartbeat()
    {
        var later = new TestDevice(9) { Id = _device.Id }.Produce(3);
        using var heartbeat = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat());
        await _host.AppendAsync(_device, _device.Batch(1, 20, (5, 9)));
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        await _host.AppendAsync(later, later.Batch(1, 3));

        var status = await StatusAsync();

        var minute = TestDevice.Start + 60_000_000;
        Assert.Equal(
            [
                new StreamStatus(later.Epoch, 3, later.DigestAt(3), 3, 0, 0, 0, minute, minute),
                new StreamStatus(_device.Epoch, 20, _device.DigestAt(20), 15, 0, 5, 0, TestDevice.Start, TestDevice.Start),
            ],
            // The background verifier looks when it is its time.
            status.Streams.Select(stream => stream with { VerifiedAt = null }));
        Assert.Equal((minute, -60_000_000, "rate-limited"), (status.LastSeenAt, status.ClockOffsetMicroseconds, status.Heartbeat?.Reason));
    }

    [Fact]
    public async Task A_heartbeat_of_an_earlier_run_is_refused()
    {
        _device.Boot = new Boot(5, 1);
        await _host.AppendAsync(_device, _device.Batch(1, 5));
        using var stale = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with { Boot = new Boot(4, 1) });
        using var newer = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with { Boot = new Boot(6, 2) });
        using var late = await _host.SendAsync(_device, _device.Batch(6, 9));

        Assert.Equal(5, (await stale.ProblemAsync(ProblemTypes.StaleBoot)).Boot);
        await newer.ReadAsync(ProtocolJson.Default.HeartbeatAck);
        Assert.Equal(6, (await late.ProblemAsync(ProblemTypes.StaleBoot)).Boot);
    }

    [Fact]
    public async Task A_heartbeat_with_values_out_of_range_says_which()
    {
        var broken = Heartbeat() with { SentAt = long.MinValue, Reason = "", PendingRecords = -1, Streams = [null!], Boot = default };
        using var response = await _host.PostAsync(_device, Routes.Heartbeat, broken);

        Assert.Equal(["boot.number", "pendingRecords", "reason", "sentAt", "streams"], (await response.ProblemAsync(ProblemTypes.Validation)).Errors!.Keys.Order());
    }

    [Fact]
    public async Task Reasons_of_lanes_and_the_state_of_the_file_are_kept_and_shown()
    {
        var told = Heartbeat() with
        {
            NextAttemptAt = TestDevice.Start + 9,
            Lanes = [new LaneReason("telemetry", "rate-limited", TestDevice.Start, TestDevice.Start + 9), new LaneReason("config", "paused", TestDevice.Start)],
            Storage = new StorageReport(8_000_000, 90_000, 70_000, 60, 5, 1, SalvagedAt: TestDevice.Start),
        };
        using var kept = await _host.PostAsync(_device, Routes.Heartbeat, told);
        using var wrong = await _host.PostAsync(_device, Routes.Heartbeat, told with { Lanes = [null!], IntervalMilliseconds = 0, Storage = told.Storage with { Dropped = -1 } });

        var shown = (await StatusAsync()).Heartbeat!;
        Assert.Equal((told.NextAttemptAt, told.Storage), (shown.NextAttemptAt, shown.Storage));
        Assert.Equal(told.Lanes, shown.Lanes);
        Assert.Equal(["intervalMilliseconds", "lanes", "storage"], (await wrong.ProblemAsync(ProblemTypes.Validation)).Errors!.Keys.Order());
    }

    [Fact]
    public async Task A_device_that_nothing_comes_from_any_more_is_silent()
    {
        using var kept = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with { IntervalMilliseconds = 10_000 });
        _host.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Null((await StatusAsync()).SilentSince);

        _host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TestDevice.Start, (await StatusAsync()).SilentSince);

        using var again = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat());
        Assert.Null((await StatusAsync()).SilentSince);
    }

    [Fact]
    public async Task A_device_that_was_never_seen_is_not_found()
    {
        using var never = await _host.GetAsync($"/v1/devices/{_device.Id}/sync");
        using var nonsense = await _host.GetAsync("/v1/devices/seven/sync");

        await never.ProblemAsync(ProblemTypes.NotFound);
        await nonsense.ProblemAsync(ProblemTypes.Validation);
    }

    [Fact]
    public async Task A_device_whose_writes_were_all_refused_was_never_seen()
    {
        using var hole = await _host.SendAsync(_device, _device.Batch(2, 9));
        using var status = await _host.GetAsync($"/v1/devices/{_device.Id}/sync");

        await hole.ProblemAsync(ProblemTypes.SequenceHole);
        await status.ProblemAsync(ProblemTypes.NotFound);
    }

    [Fact]
    public async Task Texts_of_a_heartbeat_may_hold_any_character()
    {
        using var response = await _host.PostAsync(_device, Routes.Heartbeat, Heartbeat() with { Reason = "a\0b\u001F😀", AgentVersion = "é\0" });

        await response.ReadAsync(ProtocolJson.Default.HeartbeatAck);
        Assert.Equal(("a\0b\u001F😀", "é\0"), ((await StatusAsync()).Heartbeat!.Reason, (await StatusAsync()).Heartbeat!.AgentVersion));
    }

    private async Task<DeviceSyncStatus> StatusAsync()
    {
        using var response = await _host.GetAsync($"/v1/devices/{_device.Id}/sync");
        return await response.ReadAsync(ProtocolJson.Default.DeviceSyncStatus);
    }

    private Heartbeat Heartbeat() => new(
        _device.Boot, TestDevice.Start + 1_500_000, "0.1.0", "rate-limited", TestDevice.Start, 12, 900, 0,
        [new StreamPosition(_device.Epoch, 20, 8, true)], DiskFreeBytes: 1L << 40);
}

public sealed class HeartbeatsOnSqlite() : HeartbeatTests(StorageKind.Sqlite);

public sealed class HeartbeatsOnServer() : HeartbeatTests(StorageKind.Server);
