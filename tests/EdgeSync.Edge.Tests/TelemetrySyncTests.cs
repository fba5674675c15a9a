using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class TelemetrySyncTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Readings_arrive_in_order_and_the_cursor_follows()
    {
        _world.Append(450);

        await _world.SyncAsync();

        Assert.Equal(Enumerable.Range(0, 450).Select(i => (double?)i), _world.Cloud.StoredReadings.Select(reading => reading.Value));
        Assert.Equal([200, 200, 50], _world.Cloud.Batches.Select(batch => batch.ReadingCount));
        Assert.Equal(0, _world.Device.Status.PendingRecords);
        Assert.Equal(450, _world.Device.Status.Counters.EntriesAcknowledged);
        Assert.Equal("ok", _world.Device.Status.Reason);
    }

    [Fact]
    public async Task A_lost_answer_costs_a_resend_and_changes_nothing()
    {
        _world.Append(10);
        _world.Cloud.LoseAnswer = static request => request.RequestUri!.AbsolutePath == Routes.Telemetry;
        await _world.SyncAsync();
        Assert.Equal("connection-lost", _world.Device.Status.Reason);
        Assert.Equal(10, _world.Device.Status.PendingRecords);
        _world.Cloud.LoseAnswer = static _ => false;
        _world.Append(5, from: 10);

        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();

        Assert.Equal(15, _world.Cloud.StoredReadings.Count());
        Assert.Equal(0, _world.Device.Status.PendingRecords);
        Assert.Equal(1, _world.Device.Status.Counters.ResentBatches);
    }

    [Fact]
    public async Task A_failed_attempt_waits_and_is_not_made_again_before_its_time()
    {
        _world.Append(1);
        _world.Cloud.Before = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        await _world.SyncAsync();
        var requests = _world.Cloud.Requests.Count;

        await _world.SyncAsync();

        Assert.Equal(requests, _world.Cloud.Requests.Count);
        Assert.Equal("offline-unreachable", _world.Device.Status.Reason);
        Assert.All(_world.Device.Status.Lanes, lane => Assert.NotNull(lane.NextAttemptAt));
    }

    [Fact]
    public async Task A_refused_reading_becomes_a_dead_letter_and_the_rest_goes_on()
    {
        _world.Cloud.Refuse = static reading => reading.Value == 3 ? ReadingRefusal.PayloadNotJson : ReadingRefusal.None;
        _world.Append(10);

        await _world.SyncAsync();

        var letter = Assert.Single(_world.Device.ReadDeadLetters(10));
        Assert.Equal((4, 3, "payload-not-json"), (letter.Number, letter.Reading.Value, letter.Cause));
        Assert.Equal(9, _world.Cloud.StoredReadings.Count());
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task A_reading_that_poisons_its_whole_batch_is_found_and_set_aside()
    {
        _world.Cloud.RefuseWhole = static batch => batch.Values.Contains(77) ? ProblemTypes.Validation : null;
        _world.Append(200);

        await _world.SyncAsync();

        Assert.Equal(77, Assert.Single(_world.Device.ReadDeadLetters(10)).Reading.Value);
        Assert.Equal(199, _world.Cloud.StoredReadings.Count());
        Assert.Equal(GapReason.DeadLetter, Assert.Single(_world.Cloud.Streams.Values.Single().Gaps).Reason);
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task When_everything_is_refused_the_readings_are_kept_and_tried_again()
    {
        _world.Cloud.RefuseWhole = static _ => ProblemTypes.MalformedBody;
        _world.Append(200);

        await _world.SyncAsync();

        Assert.Equal("malformed-body", _world.Device.Status.Reason);
        Assert.InRange(_world.Device.Status.DeadLetters, 1, 8);
        Assert.NotNull(_world.Device.Status.Lanes.Single(lane => lane.Lane == "telemetry").NextAttemptAt);
        _world.Cloud.RefuseWhole = static _ => null;
        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();
        Assert.Equal(0, _world.Device.Status.PendingRecords);
        Assert.Equal(200, _world.Cloud.StoredReadings.Count() + _world.Device.Status.DeadLetters);
    }

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
    public async Task An_earlier_run_s_number_is_raised_and_the_batch_sent_at_once()
    {
        _world.Cloud.SeeBoot(7, nonce: 12345);
        _world.Append(3);

        await _world.SyncAsync();

        Assert.Equal(8, _world.Device.Status.Boot.Number);
        Assert.Equal(3, _world.Cloud.StoredReadings.Count());
        Assert.Equal(8, _world.Count("SELECT boot FROM device_state"));
    }

    [Fact]
    public async Task A_run_that_is_superseded_again_and_again_waits()
    {
        _world.Cloud.Before = static request => request.RequestUri!.AbsolutePath == Routes.Telemetry
            ? ControlPlaneDouble.Answer(ProblemTypes.StaleBoot.With("always") with { Boot = 1 })
            : null;
        _world.Append(3);

        await _world.SyncAsync();

        Assert.Equal("stale-boot", _world.Device.Status.Reason);
        Assert.Equal(4, _world.Cloud.Requests.Count(request => request.Contains(Routes.Telemetry, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(1)]
    [InlineData(10)]
    public async Task A_value_altered_at_rest_is_declared_corrupt_and_kept_aside(int number)
    {
        _world.Append(10);
        await _world.TamperAsync($"UPDATE telemetry_data SET value = 4711 WHERE seq = {number}");
        _world.Append(5, from: 10);

        await _world.SyncAsync();

        var stream = _world.Cloud.Streams.Values.Single();
        var gap = Assert.Single(stream.Gaps);
        Assert.Equal((number, number, GapReason.Corrupt), (gap.From, gap.To, gap.Reason));
        Assert.Equal(14, stream.Stored.Count);
        Assert.DoesNotContain(4711, stream.Stored.Values.Select(reading => reading.Value));
        var letter = Assert.Single(_world.Device.ReadDeadLetters(10));
        Assert.Equal((number, "corrupt"), (letter.Number, letter.Cause));
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    public async Task A_digest_altered_at_rest_is_mended_and_no_reading_lost(int number)
    {
        _world.Append(10);
        await _world.TamperAsync($"UPDATE telemetry_data SET digest = zeroblob(32) WHERE seq = {number}");

        await _world.SyncAsync();

        Assert.Equal(10, _world.Cloud.StoredReadings.Count());
        Assert.Equal(0, _world.Device.Status.DeadLetters);
    }

    [Fact]
    public async Task A_missing_sensor_name_is_damage_of_its_readings_alone()
    {
        _world.Device.Append([new Reading("a", 1, 1), new Reading("b", 2, 2), new Reading("a", 3, 3)]);
        await _world.TamperAsync("DELETE FROM sensors WHERE name = 'b'");

        await _world.SyncAsync();

        Assert.Equal([1, 3], _world.Cloud.StoredReadings.Select(reading => reading.Value!.Value));
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Theory]
    [InlineData("seq = 1", 9)]
    [InlineData("seq BETWEEN 3 AND 5", 7)]
    [InlineData("seq = 10", 9)]
    [InlineData("seq IN (2, 4, 9)", 7)]
    [InlineData("1 = 1", 0)]
    public async Task Rows_gone_from_the_file_are_declared_and_the_rest_goes_on(string where, int left)
    {
        _world.Append(10);
        await _world.TamperAsync($"DELETE FROM telemetry_data WHERE {where}");
        _world.Append(3, from: 100);

        await _world.SyncAsync();

        var stream = _world.Cloud.Streams.Values.Single();
        Assert.Equal(left + 3, stream.Stored.Count);
        Assert.Equal(13, stream.Watermark);
        Assert.All(stream.Gaps, gap => Assert.Equal(GapReason.Corrupt, gap.Reason));
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Theory]
    [InlineData("seq = 1")]
    [InlineData("seq IN (1, 10)")]
    [InlineData("seq <= 9")]
    [InlineData("seq <= 10")]
    [InlineData("seq IN (1, 12)")]
    public async Task Rows_gone_after_their_answer_was_lost_are_stored_once(string where)
    {
        _world.Append(10);
        _world.Cloud.LoseAnswer = static request => request.RequestUri!.AbsolutePath == Routes.Telemetry;
        await _world.SyncAsync();
        Assert.Equal(10, _world.Cloud.StoredReadings.Count());
        _world.Cloud.LoseAnswer = static _ => false;
        _world.Append(5, from: 10);
        await _world.TamperAsync($"DELETE FROM telemetry_data WHERE {where}");
        var unsent = _world.Count("SELECT COUNT(*) FROM telemetry_data WHERE seq > 10");

        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();

        var values = _world.Cloud.StoredReadings.Select(reading => reading.Value!.Value).ToList();
        Assert.Equal(values.Distinct().Order(), values.Order());
        Assert.Equal(10 + unsent, values.Count);
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task An_altered_row_after_a_missing_one_is_not_taken_for_whole()
    {
        _world.Append(10);
        await _world.TamperAsync("DELETE FROM telemetry_data WHERE seq = 3; UPDATE telemetry_data SET value = 4711 WHERE seq = 7");
        _world.Append(5, from: 10);

        await _world.SyncAsync();

        Assert.Equal(13, _world.Cloud.StoredReadings.Count());
        Assert.DoesNotContain(4711, _world.Cloud.StoredReadings.Select(reading => reading.Value!.Value));
        Assert.Equal((7, "corrupt"), Assert.Single(_world.Device.ReadDeadLetters(10)) is var letter ? (letter.Number, letter.Cause) : default);
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task An_altered_row_that_moves_to_a_new_stream_is_not_taken_for_whole()
    {
        _world.Append(10);
        await _world.SyncAsync();
        _world.CopyFile();
        _world.Append(5, from: 50);
        await _world.SyncAsync();
        await _world.RestoreCopyAsync();
        _world.Append(10, from: 100);
        await _world.TamperAsync("UPDATE telemetry_data SET value = 4711 WHERE seq = 14");

        await _world.SyncAsync();

        Assert.Equal(10 + 5 + 9, _world.Cloud.StoredReadings.Count());
        Assert.DoesNotContain(4711, _world.Cloud.StoredReadings.Select(reading => reading.Value!.Value));
        var letter = Assert.Single(_world.Device.ReadDeadLetters(10));
        Assert.Equal((_world.Device.Status.LiveEpoch, 4, "corrupt"), (letter.Epoch, letter.Number, letter.Cause));
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task Large_payloads_are_sent_in_bodies_that_are_small_enough()
    {
        var payload = $"\"{new string('x', 8000)}\"";
        _world.Device.Append([.. Enumerable.Range(0, 100).Select(i => new Reading("camera", i, null, payload))]);

        await _world.SyncAsync();

        Assert.All(_world.Cloud.Batches, batch => Assert.InRange(TelemetryCodec.EncodeProtobuf(batch).Length, 1, Limits.BodyBytesMax));
        Assert.Equal(100, _world.Cloud.StoredReadings.Count());
    }

    [Fact]
    public async Task Acknowledged_rows_go_after_their_time_and_unsent_ones_never()
    {
        _world.Append(100);
        await _world.SyncAsync();
        _world.Time.Advance(TimeSpan.FromHours(23));
        _world.Append(10);
        await _world.SyncAsync();
        Assert.Equal(110, _world.Count("SELECT COUNT(*) FROM telemetry_data"));

        _world.Cloud.Before = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        _world.Append(5);
        _world.Time.Advance(TimeSpan.FromHours(2));
        await _world.SyncAsync();
        _world.Cloud.Before = static _ => null;
        _world.Device.Parts.Agent.DeleteAcknowledged();

        Assert.Equal(15, _world.Count("SELECT COUNT(*) FROM telemetry_data"));
        _world.Time.Advance(TimeSpan.FromDays(30));
        await _world.SyncAsync();
        Assert.Equal(5, _world.Count("SELECT COUNT(*) FROM telemetry_data"));
    }

    [Fact]
    public async Task A_device_that_was_away_for_long_sends_in_the_backlog_lane_and_then_live()
    {
        _world.Append(1);
        await _world.SyncAsync();
        _world.Append(1);
        _world.Time.Advance(TimeSpan.FromMinutes(10));
        await _world.SyncAsync();
        _world.Append(1);
        await _world.SyncAsync();

        Assert.Equal(["live", "backlog", "live"], _world.Cloud.BatchHeaders.Select(header => header.Split(';')[3]));
    }

    [Fact]
    public async Task An_answer_that_is_not_the_control_plane_s_drops_nothing()
    {
        _world.Append(3);
        _world.Cloud.Before = static _ => new HttpResponseMessage(System.Net.HttpStatusCode.BadRequest) { Content = new StringContent("<html>log in</html>") };

        await _world.SyncAsync();

        Assert.Equal(3, _world.Device.Status.PendingRecords);
        Assert.Equal("http-400", _world.Device.Status.Reason);
    }

    [Fact]
    public async Task A_stop_is_obeyed_for_the_cap_and_then_tried_again()
    {
        _world.Append(3);
        _world.Cloud.Before = static request => request.RequestUri!.AbsolutePath == Routes.Telemetry ? ControlPlaneDouble.Answer(ProblemTypes.DeviceDisabled.With("stopped")) : null;
        await _world.SyncAsync();
        Assert.Equal("device-disabled", _world.Device.Status.Reason);
        _world.Cloud.Before = static _ => null;

        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();

        Assert.Equal("ok", _world.Device.Status.Reason);
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task A_normal_device_brings_its_commits_to_the_disk_before_it_uploads()
    {
        _world.Options = _world.Options with { Durability = Durability.Normal };
        await _world.RestartAsync();
        _world.Append(3);

        await _world.SyncAsync();

        Assert.Equal(1, _world.Count("SELECT durable_mark FROM device_state"));
        Assert.Equal(3, _world.Cloud.StoredReadings.Count());
    }

    private static IEnumerable<double> Values(int count, double from) => Enumerable.Range(0, count).Select(i => from + i);
}
