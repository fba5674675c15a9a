using CsCheck;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge.Tests;

public sealed class DeviceStoreTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Numbers_go_on_without_holes_over_appends_and_restarts()
    {
        Assert.Equal((1, 3), (_world.Append(3) is var first ? first.First : 0, first.Stored));
        await _world.RestartAsync();

        var second = _world.Append(2);

        Assert.Equal((4, 2, first.Epoch), (second.First, second.Stored, second.Epoch));
        Assert.Equal(5, _world.Count("SELECT COUNT(*) FROM telemetry_data WHERE seq BETWEEN 1 AND 5"));
    }

    [Fact]
    public void An_invalid_reading_takes_no_number_and_the_others_are_stored()
    {
        var result = _world.Device.Append(
        [
            new Reading("a", 0, 1), new Reading("", 0, 1), new Reading("a", 0, double.NaN), new Reading("a", long.MaxValue, 1), new Reading("a", 0, null, "{"), new Reading("a", 0, null), new Reading("b", 0, null, "{}"),
        ]);

        Assert.Equal(2, result.Stored);
        Assert.Equal(
            [(1, ReadingRefusal.SensorEmpty), (2, ReadingRefusal.ValueNotFinite), (3, ReadingRefusal.TimeUnrepresentable), (4, ReadingRefusal.PayloadNotJson), (5, ReadingRefusal.Empty)],
            result.Refused.Select(refused => (refused.Index, refused.Reason)));
        Assert.Equal(2, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public void Nothing_acceptable_stores_nothing()
    {
        var result = _world.Device.Append([new Reading("", 0, 1)]);

        Assert.Equal((1, 0), (result.First, result.Stored));
    }

    [Fact]
    public async Task Any_acceptable_reading_arrives_bit_for_bit()
    {
        var readings = new List<Reading>();
        var seen = new HashSet<string>();
        Gen.Select(Gen.String[Gen.Char['\u0020', '\u00ff'], 1, 30], Gen.Long[Limits.RecordedAtMin, Limits.RecordedAtMax], Gen.Double, Gen.Bool).Sample(
            (sensor, time, value, hasPayload) =>
            {
                lock (readings)
                {
                    var reading = new Reading(sensor, time, value, hasPayload ? $"[{time}, \"é\"]" : null);
                    if (ReadingRules.Check(reading) == ReadingRefusal.None)
                    {
                        readings.Add(reading with { Value = value + 0.0 });
                    }
                }
            },
            iter: 500);
        readings.Add(new Reading("zero", 0, -0.0));
        readings.Add(new Reading("replay", 0, 1, null, new EntryName(new Epoch(77), 5)));
        _world.Device.Append(readings);
        readings[^2] = readings[^2] with { Value = 0.0 };

        await _world.SyncAsync();

        Assert.Equal(readings.Select(Bits), _world.Cloud.StoredReadings.Select(Bits));
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Each_start_counts_up_and_draws_another_nonce()
    {
        var first = _world.Device.Status.Boot;

        await _world.RestartAsync();

        Assert.Equal(first.Number + 1, _world.Device.Status.Boot.Number);
        Assert.NotEqual(first.Nonce, _world.Device.Status.Boot.Nonce);
    }

    [Fact]
    public void Two_devices_never_share_an_epoch_from_the_template()
    {
        var other = _world.Options with { DatabasePath = _world.Options.DatabasePath + "2" };
        using var database = DeviceDatabase.Open(other.DatabasePath, Durability.Full);

        var state = new StateStore(database, _world.Id).Begin(new Entropy(new Random(99)), 0);

        Assert.NotEqual(_world.Device.Status.LiveEpoch, state.LiveEpoch);
    }

    [Fact]
    public void A_file_of_another_device_is_refused()
    {
        _world.Options = _world.Options with { Device = DeviceId.Parse("11111111-1111-1111-1111-111111111111") };

        var e = Assert.Throws<DeviceDatabaseException>(_world.Open);

        Assert.Contains("belongs to device 0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10, not to 11111111-1111-1111-1111-111111111111", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_newer_than_the_program_is_refused()
    {
        _world.Execute("PRAGMA user_version = 99");

        var e = Assert.Throws<DeviceDatabaseException>(_world.Open);

        Assert.Contains("schema version 99", e.Message, StringComparison.Ordinal);
        Assert.Contains("Install the newer program", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_put_aside_and_kept()
    {
        _world.Options = _world.Options with { DatabasePath = _world.Options.DatabasePath + ".txt" };
        File.WriteAllText(_world.Options.DatabasePath, new string('x', 5000));

        await _world.RestartAsync();

        Assert.Equal(1, _world.Append(1).Stored);
        var kept = Directory.GetFiles(Path.GetDirectoryName(_world.Options.DatabasePath)!, "device.db.txt.corrupt-*");
        Assert.Equal(5000, new FileInfo(Assert.Single(kept)).Length);
    }

    [Fact]
    public void A_second_writer_is_noticed_and_nothing_is_stored()
    {
        _world.Append(1);
        _world.Execute("UPDATE streams SET head = head + 1");

        var e = Assert.Throws<DeviceDatabaseException>(() => _world.Append(1));

        Assert.Contains("Another program has written", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, _world.Count("SELECT COUNT(*) FROM telemetry_data"));
    }

    [Fact]
    public void A_transaction_that_fails_leaves_no_trace_and_the_next_one_works()
    {
        _world.Execute("CREATE TRIGGER full BEFORE INSERT ON telemetry_data WHEN NEW.value = 13 BEGIN SELECT RAISE(ABORT, 'disk full'); END");
        Assert.Throws<SqliteException>(() => _world.Device.Append([new Reading("new", 0, 1), new Reading("newer", 0, 13)]));

        var result = _world.Device.Append([new Reading("newer", 0, 1), new Reading("new", 0, 2)]);

        Assert.Equal(1, result.First);
        Assert.Equal(2, _world.Count("SELECT COUNT(*) FROM telemetry_data t JOIN sensors s ON s.id = t.sensor_id"));
    }

    [Fact]
    public void Threads_may_append_at_once()
    {
        Parallel.For(0, 8, _ => _world.Append(50));

        Assert.Equal(400, _world.Device.Status.PendingRecords);
        Assert.Equal(400, _world.Count("SELECT MAX(seq) FROM telemetry_data"));
    }

    [Fact]
    public async Task The_sync_log_stays_bounded_and_readable()
    {
        _world.Options = _world.Options with { SyncLogRowsMax = 10 };
        await _world.RestartAsync();
        for (var i = 0; i < 50; i++)
        {
            _world.Device.Parts.SyncLog.Write("device", "event", $"line {i}");
        }

        Assert.Equal(10, _world.Count("SELECT COUNT(*) FROM sync_log"));
        Assert.Equal(["line 49", "line 48"], _world.Device.ReadSyncLog(2).Select(line => line.Detail));
    }

    [Fact]
    public async Task A_closed_device_says_so()
    {
        await _world.Device.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => _world.Append(1));
    }

    private static (string, long, long?, string?, EntryName?) Bits(Reading reading) =>
        (reading.Sensor, reading.RecordedAt, reading.Value is { } value ? BitConverter.DoubleToInt64Bits(value) : null, reading.Payload, reading.ReplayOf);
}
