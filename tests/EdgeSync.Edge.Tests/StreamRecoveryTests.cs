using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class StreamRecoveryTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(30, 100, 40)]
    [InlineData(0, 5, 0)]
    [InlineData(1, 450, 1)]
    [InlineData(99, 1, 300)]
    public async Task A_rolled_back_file_loses_nothing_and_sends_nothing_twice(int beforeCopy, int lost, int afterRestore)
    {
        _world.Append(beforeCopy);
        await _world.SyncAsync();
        _world.CopyFile();
        _world.Append(lost, from: 1000);
        await _world.SyncAsync();
        var oldEpoch = _world.Device.Status.LiveEpoch;

        await _world.RestoreCopyAsync();
        _world.Append(afterRestore, from: 5000);
        _world.Append(1, from: 9000);
        await _world.SyncAsync();

        Assert.Equal(0, _world.Device.Status.PendingRecords);
        Assert.NotEqual(oldEpoch, _world.Device.Status.LiveEpoch);
        var expected = Values(beforeCopy, 0).Concat(Values(lost, 1000)).Concat(Values(afterRestore, 5000)).Append(9000);
        Assert.Equal(expected.Order(), _world.Cloud.StoredReadings.Select(reading => reading.Value!.Value).Order());
        Assert.Equal(beforeCopy + lost, _world.Cloud.Streams[oldEpoch].Watermark);
        Assert.Contains(_world.Device.ReadSyncLog(20), line => line.Event == "rolled-back");
    }

    [Fact]
    public async Task A_rolled_back_file_with_sent_but_unacknowledged_rows_parts_exactly_where_histories_part()
    {
        _world.Append(50);
        await _world.SyncAsync();
        _world.Append(120, from: 100);
        _world.CopyFile();
        _world.Append(60, from: 300);
        await _world.SyncAsync();
        var old = _world.Device.Status.LiveEpoch;

        await _world.RestoreCopyAsync();
        _world.Append(70, from: 1000);
        await _world.SyncAsync();

        Assert.Equal(50 + 120 + 60 + 70, _world.Cloud.StoredReadings.Count());
        Assert.Equal(230, _world.Cloud.Streams[old].Watermark);
        Assert.Equal(170, _world.Count($"SELECT closed_at FROM streams WHERE epoch = {old}"));
        Assert.Equal(70, _world.Cloud.Streams[_world.Device.Status.LiveEpoch].Watermark);
    }

    [Fact]
    public async Task A_rolled_back_file_keeps_the_refused_readings_whose_acknowledgement_it_never_saw()
    {
        _world.Cloud.Refuse = static reading => reading.Value % 2 == 1 && reading.Value < 5000 ? ReadingRefusal.PayloadNotJson : ReadingRefusal.None;
        _world.Append(1_200);
        _world.CopyFile();
        _world.Append(10, from: 2000);
        await _world.SyncAsync();

        await _world.RestoreCopyAsync();
        _world.Append(3, from: 5000);
        await _world.SyncAsync();

        var letters = _world.Device.ReadDeadLetters(2_000);
        Assert.Equal(Enumerable.Range(0, 600).Select(i => (2.0 * i) + 1), letters.Select(letter => letter.Reading.Value!.Value).Order());
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task A_rollback_draws_a_new_configuration_epoch()
    {
        _world.CopyFile();
        _world.Append(5);
        await _world.SyncAsync();
        var before = _world.Count("SELECT config_epoch FROM device_state");

        await _world.RestoreCopyAsync();
        _world.Append(1, from: 50);
        await _world.SyncAsync();

        Assert.NotEqual(before, _world.Count("SELECT config_epoch FROM device_state"));
    }

    [Fact]
    public async Task A_control_plane_that_was_restored_gets_again_what_it_lost()
    {
        _world.Append(100);
        await _world.SyncAsync();
        _world.Cloud.Streams.Values.Single().ForgetAfter(40);
        _world.Append(10, from: 100);

        await _world.SyncAsync();

        Assert.Equal(Values(110, 0), _world.Cloud.StoredReadings.Select(reading => reading.Value!.Value));
        Assert.Single(_world.Cloud.Streams);
    }

    [Fact]
    public async Task A_control_plane_that_was_restored_twice_from_one_backup_is_told_twice()
    {
        _world.Append(100);
        await _world.SyncAsync();
        _world.Time.Advance(TimeSpan.FromDays(2));
        await _world.SyncAsync();
        _world.Cloud.Streams.Values.Single().ForgetAfter(40);
        _world.Append(10, from: 100);
        await _world.SyncAsync();
        _world.Cloud.Streams.Values.Single().ForgetAfter(40);
        _world.Append(10, from: 110);

        await _world.SyncAsync();

        Assert.Equal(0, _world.Device.Status.PendingRecords);
        Assert.Equal(60, _world.Cloud.StoredReadings.Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(25)]
    public async Task A_restored_control_plane_gets_again_drained_and_closed_streams_too(int left)
    {
        _world.Append(30);
        await _world.SyncAsync();
        _world.CopyFile();
        _world.Append(5, from: 500);
        await _world.SyncAsync();
        await _world.RestoreCopyAsync();
        _world.Append(20, from: 1000);
        await _world.SyncAsync();
        Assert.Equal(2, _world.Cloud.Streams.Count);
        foreach (var epoch in _world.Cloud.Streams.Keys.ToList())
        {
            if (left == 0)
            {
                _world.Cloud.Streams.Remove(epoch);
            }
            else
            {
                _world.Cloud.Streams[epoch].ForgetAfter(Math.Min(left, _world.Cloud.Streams[epoch].Watermark));
            }
        }

        _world.Time.Advance(_world.Options.HeartbeatInterval);
        await _world.SyncAsync();

        Assert.Equal(Values(30, 0).Concat(Values(20, 1000)), _world.Cloud.StoredReadings.Select(reading => reading.Value!.Value).Order());
        Assert.Equal(2, _world.Count("SELECT COUNT(*) FROM streams"));
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task A_heartbeat_names_every_stream_with_rows_the_newest_first()
    {
        _world.Append(3);
        await _world.SyncAsync();
        _world.CopyFile();
        _world.Append(5, from: 500);
        await _world.SyncAsync();
        await _world.RestoreCopyAsync();
        var old = _world.Device.Status.LiveEpoch;
        _world.Append(2, from: 1000);
        await _world.SyncAsync();

        _world.Time.Advance(_world.Options.HeartbeatInterval);
        await _world.SyncAsync();

        Assert.Equal(
            [new StreamPosition(_world.Device.Status.LiveEpoch, 2, 2, true), new StreamPosition(old, 3, 3, false)],
            _world.Cloud.Heartbeats[^1].Streams);
    }

    [Fact]
    public async Task A_stream_that_always_fails_does_not_hold_up_the_live_one()
    {
        _world.Append(3);
        _world.CopyFile();
        _world.Append(2, from: 500);
        await _world.SyncAsync();
        await _world.RestoreCopyAsync();
        var old = _world.Device.Status.LiveEpoch;
        _world.Append(9, from: 1000);
        await _world.SyncAsync();
        _world.Cloud.Streams.Remove(old);
        _world.Cloud.RefuseWhole = batch => batch.Epoch == old ? ProblemTypes.Internal : null;
        _world.Time.Advance(_world.Options.HeartbeatInterval);

        for (var pass = 0; pass < 10; pass++)
        {
            _world.Append(500, from: 2000 + (500 * pass));
            await _world.SyncAsync();
        }

        Assert.Equal(5_009, _world.Cloud.Streams[_world.Device.Status.LiveEpoch].Watermark);
        Assert.Equal(3, _world.Device.Status.PendingRecords);
        Assert.Equal("internal", _world.Device.Status.Reason);
        _world.Cloud.RefuseWhole = static _ => null;
        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();
        Assert.Equal(0, _world.Device.Status.PendingRecords);
        Assert.Equal("ok", _world.Device.Status.Reason);
    }

    [Fact]
    public async Task A_restored_control_plane_is_told_what_retention_has_deleted()
    {
        _world.Append(100);
        await _world.SyncAsync();
        _world.Time.Advance(TimeSpan.FromDays(2));
        await _world.SyncAsync();
        _world.Cloud.Streams.Values.Single().ForgetAfter(40);
        _world.Append(10, from: 100);

        await _world.SyncAsync();

        var gap = Assert.Single(_world.Cloud.Streams.Values.Single().Gaps);
        Assert.Equal((41, 100, GapReason.Retention), (gap.From, gap.To, gap.Reason));
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task The_live_stream_is_sent_however_many_older_ones_are_open()
    {
        for (var stream = 0; stream < 6; stream++)
        {
            _world.Append(3, from: 10 * stream);
            await _world.SyncAsync();
            _world.CopyFile();
            _world.Append(1, from: 1000 + stream);
            await _world.SyncAsync();
            await _world.RestoreCopyAsync();
        }

        _world.Append(2, from: 5000);
        await _world.SyncAsync();
        var live = _world.Device.Status.LiveEpoch;
        var old = _world.Cloud.Streams.Keys.Where(epoch => epoch != live).ToHashSet();
        old.ToList().ForEach(epoch => _world.Cloud.Streams.Remove(epoch));
        _world.Cloud.RefuseWhole = batch => old.Contains(batch.Epoch) ? ProblemTypes.Internal : null;
        _world.Time.Advance(_world.Options.HeartbeatInterval);
        _world.Append(7, from: 6000);

        await _world.SyncAsync();

        Assert.Equal(9, _world.Cloud.Streams[live].Watermark);
        Assert.Equal(Limits.OpenStreamsMax, _world.Device.Status.Streams.Count);
        Assert.Contains(_world.Device.Status.Streams, stream => stream.Live);
    }

    private static IEnumerable<double> Values(int count, double from) => Enumerable.Range(0, count).Select(i => from + i);
}
