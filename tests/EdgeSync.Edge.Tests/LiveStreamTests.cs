using System.Net.Http.Headers;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>Fresh readings do not wait for the backlog of an outage.</summary>
public sealed class LiveStreamTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(1_001, 1_000, 1, true)]
    [InlineData(1_000, 1_000, 1, false)]
    [InlineData(1_001, 1_000, Limits.OpenStreamsMax - 1, true)]
    [InlineData(1_001, 1_000, Limits.OpenStreamsMax, false)]
    [InlineData(1_000_000, 0, 1, false)]
    public void A_stream_is_begun_when_more_waits_than_may_and_there_is_room_for_one(long pending, int pendingMax, int open, bool begins) =>
        Assert.Equal(begins, LiveStreamDecision.BeginsAnew(pending, pendingMax, open));

    [Fact]
    public async Task Readings_taken_after_an_outage_arrive_with_the_next_batch_while_the_backlog_drains_in_turn()
    {
        await StartAsync(pendingMax: 1_000);
        _world.Append(5_000);
        var fresh = 5_000;
        var late = new List<int>();
        _world.Cloud.Before = request =>
        {
            if (request.RequestUri!.AbsolutePath == Routes.Telemetry && fresh < 5_020)
            {
                late.Add(fresh - 5_000 - Stored().Count(value => value >= 5_000));
                _world.Append(1, from: fresh++);
            }

            return null;
        };

        await _world.SyncAsync();

        Assert.All(late, behind => Assert.InRange(behind, 0, 3));
        Assert.Equal(Enumerable.Range(0, 5_020), Stored().Order());
        Assert.Equal(2, _world.Cloud.Streams.Count);
        Assert.All(_world.Cloud.Streams.Values, stream => Assert.Equal(stream.Watermark, stream.Stored.Count));
        Assert.Equal(["live", "backlog"], _world.Cloud.BatchHeaders.Skip(2).Take(2).Select(header => header.Split(';')[3]));
        Assert.Contains(_world.Device.ReadSyncLog(50), line => (line.Area, line.Event) == ("telemetry", "live-stream"));
    }

    [Fact]
    public async Task A_limit_that_holds_back_the_backlog_does_not_hold_back_live_readings()
    {
        await StartAsync(pendingMax: 100);
        _world.Append(2_000);
        _world.Cloud.Before = request => request.Headers.TryGetValues(Headers.Batch, out var header) && header.Single().EndsWith("backlog", StringComparison.Ordinal) && Stored().Count > 0
            ? Limited()
            : null;
        await _world.SyncAsync();
        _world.Append(10, from: 2_000);

        await _world.SyncAsync();

        Assert.Equal(Enumerable.Range(2_000, 10), Stored().Where(value => value >= 2_000));
        Assert.Equal(1_800, _world.Device.Status.PendingRecords);
        var lanes = _world.Device.Status.Lanes.ToDictionary(lane => lane.Lane);
        Assert.Equal(("ok", "rate-limited"), (lanes["telemetry"].Reason, lanes["backlog"].Reason));
        Assert.Equal("rate-limited", _world.Device.Status.Reason);
        _world.Cloud.Before = static _ => null;
        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();
        Assert.Equal(Enumerable.Range(0, 2_010), Stored().Order());
        Assert.Equal("ok", _world.Device.Status.Reason);
    }

    [Fact]
    public async Task While_nothing_gets_through_no_stream_is_begun_and_never_more_than_the_protocol_allows()
    {
        await StartAsync(pendingMax: 50);
        _world.Cloud.Before = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        for (var i = 0; i < 5; i++)
        {
            _world.Append(300, from: 300 * i);
            _world.Time.Advance(_world.Options.BackoffMax);
            await _world.SyncAsync();
        }

        Assert.Equal(1, _world.Count("SELECT COUNT(*) FROM streams"));
        var next = 1_500;
        _world.Cloud.Before = request =>
        {
            if (request.RequestUri!.AbsolutePath == Routes.Telemetry && next < 6_000)
            {
                Assert.InRange(_world.Count("SELECT COUNT(*) FROM streams WHERE head > acked"), 1, Limits.OpenStreamsMax);
                _world.Append(300, from: next);
                next += 300;
            }

            return null;
        };
        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();

        Assert.Equal(Enumerable.Range(0, 6_000), Stored().Order());
        Assert.InRange(_world.Cloud.Streams.Count, 3, 40);
    }

    [Fact]
    public async Task A_new_live_stream_is_not_a_new_history_to_whoever_sends_commands()
    {
        await StartAsync(pendingMax: 100);
        await _world.SyncAsync();
        _world.Append(1_000);
        await _world.SyncAsync();
        _world.Append(1, from: 1_000);
        await _world.SyncAsync();
        Assert.Equal(2, _world.Cloud.Streams.Count);

        await _world.RestartAsync();
        await _world.SyncAsync();

        var pulls = _world.Cloud.Requests.Where(request => request.Contains(Routes.Commands + "?", StringComparison.Ordinal)).Select(request => request.Split("epoch=")[1].Split('&')[0]).ToList();
        Assert.True(pulls.Count > 1);
        Assert.Single(pulls.Distinct());
    }

    private static HttpResponseMessage Limited()
    {
        var answer = ControlPlaneDouble.Answer(ProblemTypes.RateLimited.With("no room for history"));
        answer.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(5));
        return answer;
    }

    private List<int> Stored() => [.. _world.Cloud.StoredReadings.Select(reading => (int)reading.Value!.Value)];

    private async Task StartAsync(int pendingMax)
    {
        _world.Options = _world.Options with { LivePendingMax = pendingMax };
        await _world.RestartAsync();
    }
}
