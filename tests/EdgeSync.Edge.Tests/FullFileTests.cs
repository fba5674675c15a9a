using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>A file with a limit that it has come to: what is refused, dropped or thinned, what still finds room, and that every number is accounted for afterwards.</summary>
public sealed class FullFileTests : IAsyncDisposable
{
    private const long BytesMax = 1024 * 1024;

    private static readonly string Payload = $"\"{new string('x', 200)}\"";

    private readonly EdgeWorld _world = new();
    private readonly HashSet<int> _kept = [];
    private int _next;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task New_readings_are_refused_the_sensor_is_told_and_everything_else_finds_room()
    {
        await OpenAsync(WhenFull.RefuseNew);
        Fill();

        var refused = Assert.Throws<DeviceFullException>(() => Append("temperature", 50));
        Assert.Contains("none of them was stored", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, Append("alarm.door", 1));
        _world.Device.Config.Set("a", new JsonValue("1"));
        _world.Cloud.Commands.Create("ping", $"\"{new string('x', 8_000)}\"");
        await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
        await _world.RunCommandsAsync();
        await DrainAsync();

        Assert.Equal(_kept.Order(), Stored());
        Assert.Equal(CommandOutcome.Succeeded, Assert.Single(_world.Cloud.Commands.Results).Outcome);
        Assert.Equal("1", _world.Cloud.Config["a"].Value?.Text);
        Assert.Contains(_world.Device.ReadSyncLog(50), line => line.Event == "disk-full");
        Assert.True(_world.Cloud.Heartbeats[^1].Storage is { Refused: >= 50, Dropped: 0, BytesMax: BytesMax });
        // What was acknowledged gives way, and the readings find room again.
        Assert.Equal(50, Append("temperature", 50));
    }

    [Theory]
    [InlineData(WhenFull.DropOldest, GapReason.Retention)]
    [InlineData(WhenFull.Downsample, GapReason.Downsampled)]
    public async Task Old_readings_give_way_and_each_is_in_a_declared_gap(WhenFull policy, GapReason reason)
    {
        await OpenAsync(policy);
        Append("alarm.door", 5);
        for (var round = 0; round < 25; round++)
        {
            Append("temperature", 500);
            Append("alarm.door", 1);
        }

        Assert.InRange(new FileInfo(_world.Options.DatabasePath).Length, 1, BytesMax);
        var dropped = _world.Device.Status.Storage!.Dropped;
        await DrainAsync();

        var gaps = _world.Cloud.Streams.Values.SelectMany(stream => stream.Gaps).ToList();
        Assert.All(gaps, gap => Assert.Equal(reason, gap.Reason));
        Assert.Equal(dropped, gaps.Sum(gap => gap.Count));
        Assert.Equal(_next, Stored().Count + dropped);
        Assert.Equal(Stored(), Stored().Distinct().Order());
        Assert.Equal(30, _world.Cloud.StoredReadings.Count(reading => reading.Sensor == "alarm.door"));
        // The newest are whole; of the oldest some are there, or none.
        Assert.Equal(Enumerable.Range(_next - 200, 200), Stored().TakeLast(200));
        Assert.Equal(policy == WhenFull.Downsample, _world.Cloud.StoredReadings.Any(reading => reading.Sensor == "temperature" && reading.Value is >= 5 and < 505));
        Assert.Contains(_world.Device.ReadSyncLog(1_000), line => line.Event == "dropped");
    }

    [Fact]
    public async Task Alarms_give_way_to_alarms_alone()
    {
        await OpenAsync(WhenFull.DropOldest);
        Assert.Throws<DeviceFullException>(() =>
        {
            for (var round = 0; round < 40; round++)
            {
                Append(round < 12 ? "alarm.door" : "temperature", 500);
            }
        });
        var alarms = _next;

        for (var round = 0; round < 5; round++)
        {
            Append("alarm.door", 500);
        }

        await DrainAsync();
        Assert.Equal(alarms + 2_500, Stored().Count + _world.Device.Status.Storage!.Dropped);
        Assert.True(_world.Device.Status.Storage.Dropped > 0);
    }

    [Fact]
    public async Task What_is_under_way_is_not_dropped()
    {
        await OpenAsync(WhenFull.DropOldest);
        Append("temperature", 500);
        _world.Cloud.Before = request =>
        {
            if (request.RequestUri!.AbsolutePath == Routes.Telemetry)
            {
                // The batch was read, and is not answered yet.
                _world.Cloud.Before = static _ => null;
                for (var round = 0; round < 20; round++)
                {
                    Append("temperature", 500);
                }
            }

            return null;
        };

        await _world.SyncAsync();
        await DrainAsync();

        Assert.Single(_world.Cloud.Streams);
        Assert.Equal(Enumerable.Range(0, 500), Stored().Take(500));
        Assert.Equal(_next, Stored().Count + _world.Device.Status.Storage!.Dropped);
    }

    [Fact]
    public async Task What_was_acknowledged_is_given_back_to_the_disk()
    {
        _world.Options = _world.Options with { AcknowledgedRetention = TimeSpan.Zero };
        await OpenAsync(WhenFull.RefuseNew, bytesMax: null);
        for (var round = 0; round < 20; round++)
        {
            Append("temperature", 500);
        }

        _world.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        var full = new FileInfo(_world.Options.DatabasePath).Length;
        await DrainAsync();
        for (var pass = 0; pass < 10; pass++)
        {
            _world.Time.Advance(TimeSpan.FromMinutes(2));
            await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
        }

        Assert.InRange(new FileInfo(_world.Options.DatabasePath).Length, 1, full / 4);
        Assert.True(_world.Device.Status.Storage!.ReclaimedBytes > full / 2);
        Assert.Equal(10_000, Stored().Count);
    }

    private async Task OpenAsync(WhenFull policy, long? bytesMax = BytesMax)
    {
        _world.Options = _world.Options with { DatabaseBytesMax = bytesMax, WhenFull = policy, AlarmSensors = ["alarm.*"], BatchReadingsMax = 1_000 };
        await _world.RestartAsync();
    }

    private int Append(string sensor, int count)
    {
        var stored = _world.Device.Append([.. Enumerable.Range(_next, count).Select(i => new Reading(sensor, i, i, Payload))]).Stored;
        _kept.UnionWith(Enumerable.Range(_next, count));
        _next += count;
        return stored;
    }

    private void Fill()
    {
        try
        {
            while (true)
            {
                Append("temperature", 50);
            }
        }
        catch (DeviceFullException)
        {
            Assert.True(_next > 500);
        }
    }

    private async Task DrainAsync()
    {
        for (var pass = 0; pass < 100 && _world.Device.Status.PendingRecords > 0; pass++)
        {
            await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
            _world.Time.Advance(_world.Options.HeartbeatInterval);
        }

        await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
        Assert.Equal((0, "ok"), (_world.Device.Status.PendingRecords, _world.Device.Status.Reason));
    }

    private List<int> Stored() => [.. _world.Cloud.StoredReadings.Select(reading => (int)reading.Value!.Value).Order()];
}
