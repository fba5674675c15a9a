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

    [Fact]
    public async Task A_control_plane_that_wrongly_refuses_every_reading_for_a_day_costs_few_of_them()
    {
        _world.Cloud.RefuseWhole = static batch => batch.ReadingCount > 0 ? ProblemTypes.Validation : null;
        _world.Append(1_000);

        for (var minute = 0; minute < 24 * 60; minute++)
        {
            await _world.SyncAsync();
            _world.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(_world.Device.Status.DeadLetters, 8, 8 + 7 + 24);
        _world.Cloud.RefuseWhole = static _ => null;
        _world.Time.Advance(TimeSpan.FromHours(1));
        await _world.SyncAsync();
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task A_long_run_of_readings_that_are_refused_as_a_whole_comes_to_its_end()
    {
        _world.Cloud.RefuseWhole = static batch => batch.Values.Any(value => value is >= 5 and < 17) ? ProblemTypes.Validation : null;
        _world.Append(30);

        for (var hour = 0; hour < 6; hour++)
        {
            await _world.SyncAsync();
            _world.Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(Values(12, 5), _world.Device.ReadDeadLetters(20).Select(letter => letter.Reading.Value!.Value).Order());
        Assert.Equal(18, _world.Cloud.StoredReadings.Count());
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
        _world.Device.Parts.Retention.DeleteAcknowledged();

        Assert.Equal(15, _world.Count("SELECT COUNT(*) FROM telemetry_data"));
        _world.Time.Advance(TimeSpan.FromDays(30));
        await _world.SyncAsync();
        Assert.Equal(5, _world.Count("SELECT COUNT(*) FROM telemetry_data"));
    }

    [Fact]
    public async Task Acknowledged_rows_are_kept_by_the_control_plane_s_clock()
    {
        var ahead = 56 * 365 * 86_400_000_000;
        _world.Cloud.ServerTime = () => _world.Time.GetMicroseconds() + ahead;
        _world.Append(10);
        await _world.SyncAsync();
        Assert.Equal(_world.Time.GetMicroseconds() + ahead, _world.Count("SELECT acked_at FROM retention_marks"));

        _world.Time.Advance(TimeSpan.FromHours(23));
        await _world.SyncAsync();
        Assert.Equal(10, _world.Count("SELECT COUNT(*) FROM telemetry_data"));
        _world.Time.Advance(TimeSpan.FromHours(2));
        await _world.SyncAsync();
        Assert.Equal(0, _world.Count("SELECT COUNT(*) FROM telemetry_data"));
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
