using System.IO.Pipelines;
using System.Text;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class AgentLoopTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();
    private readonly CancellationTokenSource _stop = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _world.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Drain_ends_when_nothing_is_pending()
    {
        var running = _world.Device.RunAsync(_stop.Token);
        _world.Append(1_000);
        _world.Cloud.Commands.Create("ping");
        _world.Device.Config.Set("a", new JsonValue("1"));

        Assert.True(await _world.Device.DrainAsync(Ct));

        var status = _world.Device.Status;
        Assert.Equal((0, 0, "ok"), (status.PendingRecords, status.PendingCommands, status.Reason));
        Assert.Equal(CommandOutcome.Succeeded, Assert.Single(_world.Cloud.Commands.Results).Outcome);
        Assert.Equal("1", _world.Cloud.Config["a"].Value?.Text);
        await _stop.CancelAsync();
        await running;
    }

    /// <summary>A receipt comes last in a pass. When it was the one that found the network back, what had been missed waited for the next interval, and so did a drain.</summary>
    [Fact]
    public async Task Whatever_gets_through_first_after_a_break_the_pass_asks_for_what_was_missed()
    {
        _world.Options = _world.Options with { ReceiptInterval = TimeSpan.FromHours(1) };
        await _world.RestartAsync();
        _world.Cloud.Before = static request => request.RequestUri!.AbsolutePath == Routes.TelemetryReceipts
            ? throw new HttpRequestException(HttpRequestError.ConnectionError, "refused") : null;
        _world.Append(3);
        await _world.SyncAsync();
        Assert.EndsWith(Routes.TelemetryReceipts, _world.Cloud.Requests[^1], StringComparison.Ordinal);

        // Whatever the answer is, it came.
        _world.Cloud.Before = static request => request.RequestUri!.AbsolutePath == Routes.TelemetryReceipts ? ControlPlaneDouble.Answer(ProblemTypes.Overloaded.With("later")) : null;
        _world.Cloud.Commands.Create("ping");
        _world.Cloud.Requests.Clear();
        _world.Time.Advance(_world.Options.BackoffInitial);
        await _world.SyncAsync();

        Assert.EndsWith(Routes.TelemetryReceipts, _world.Cloud.Requests[0], StringComparison.Ordinal);
        Assert.Contains(_world.Cloud.Requests, request => request.StartsWith($"GET {Routes.Commands}", StringComparison.Ordinal));
        Assert.Equal(1, _world.Device.Status.PendingCommands);
    }

    [Fact]
    public async Task Drain_that_is_cancelled_or_loses_its_agent_says_so()
    {
        _world.Cloud.Before = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        var running = _world.Device.RunAsync(_stop.Token);
        _world.Append(1);
        using var impatient = new CancellationTokenSource();
        var first = _world.Device.DrainAsync(impatient.Token);
        var second = _world.Device.DrainAsync(Ct);

        await impatient.CancelAsync();
        Assert.False(await first);
        await _stop.CancelAsync();
        Assert.False(await second);
        await running;
    }

    [Fact]
    public async Task Drain_after_the_agent_has_ended_says_so_at_once()
    {
        await _stop.CancelAsync();
        await _world.Device.RunAsync(_stop.Token);

        Assert.False(await _world.Device.DrainAsync(Ct));
    }

    [Fact]
    public async Task A_control_plane_whose_intent_version_went_back_is_asked_once_and_followed_from_there()
    {
        _world.Cloud.IntentVersion = 900;
        await HintAsync();
        _world.Cloud.IntentVersion = 3;
        _world.Cloud.Requests.Clear();

        await HintAsync();

        Assert.InRange(_world.Cloud.Requests.Count(request => request.Contains(Routes.Commands, StringComparison.Ordinal)), 1, 2);
        Assert.InRange(_world.Cloud.Requests.Count(request => request.Contains(Routes.Config, StringComparison.Ordinal)), 1, 2);
        _world.Cloud.Requests.Clear();
        await HintAsync();
        Assert.DoesNotContain(_world.Cloud.Requests, request => !request.Contains(Routes.Telemetry, StringComparison.Ordinal));
        _world.Cloud.IntentVersion = 4;
        _world.Cloud.Commands.Create("ping");
        _world.Cloud.Config.Set("a", "1");
        await HintAsync();
        Assert.Equal((1, "1"), (_world.Device.Status.PendingCommands, _world.Device.Config.Get("a")?.Text));
    }

    // An acknowledgement tells the version, and the pass after it acts upon it.
    private async Task HintAsync()
    {
        _world.Append(1);
        await _world.SyncAsync();
        await _world.SyncAsync();
    }

    [Fact]
    public async Task A_stop_lets_the_request_under_way_end()
    {
        var gate = new TaskCompletionSource();
        _world.Append(3);
        using var slow = new SlowHandler(_world.Cloud, gate.Task);
        await using var device = EdgeDevice.Open(
            _world.Options with { DatabasePath = _world.Options.DatabasePath + "2" }, new HttpClient(slow), [], _world.Time, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, new Random(5));
        device.Append([new Reading("a", 0, 1)]);
        var running = device.RunAsync(_stop.Token);
        await slow.Entered;

        await _stop.CancelAsync();
        Assert.False(running.IsCompleted);
        gate.SetResult();
        await running;

        Assert.Equal(0, device.Status.PendingRecords);
    }

    [Fact]
    public async Task A_stop_cuts_off_a_request_that_does_not_end()
    {
        _world.Append(3);
        using var slow = new SlowHandler(_world.Cloud, new TaskCompletionSource().Task);
        await using var device = EdgeDevice.Open(
            _world.Options with { DatabasePath = _world.Options.DatabasePath + "2" }, new HttpClient(slow), [], _world.Time, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, new Random(5));
        device.Append([new Reading("a", 0, 1)]);
        var running = device.RunAsync(_stop.Token);
        await slow.Entered;

        await _stop.CancelAsync();
        _world.Time.Advance(_world.Options.StopTimeout);
        await running;

        Assert.Equal(1, device.Status.PendingRecords);
    }

    [Fact]
    public async Task An_event_calls_the_device_before_its_interval()
    {
        var pipe = new Pipe();
        _world.Cloud.Events = () => pipe.Reader.AsStream();
        _world.Options = _world.Options with { EventStream = true, SyncInterval = TimeSpan.FromHours(1) };
        await _world.RestartAsync();
        var running = _world.Device.RunAsync(_stop.Token);
        Assert.True(await _world.Device.DrainAsync(Ct));
        var pulled = new TaskCompletionSource();
        _world.Cloud.Before = request =>
        {
            if (request.RequestUri!.AbsolutePath == Routes.CommandResults)
            {
                pulled.TrySetResult();
            }

            return null;
        };

        _world.Cloud.Commands.Create("ping");
        _world.Cloud.IntentVersion = 7;
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(": hello\n\nevent: intent\ndata: {\"intentVersion\":\"7\"}\n\n"), Ct);
        await pulled.Task.WaitAsync(Ct);

        Assert.True(_world.Device.Status.EventStreamConnected);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_silent_event_stream_is_dead_and_opened_again()
    {
        var opened = new SemaphoreSlim(0);
        _world.Cloud.Events = () =>
        {
            opened.Release();
            return new Pipe().Reader.AsStream();
        };
        _world.Options = _world.Options with { EventStream = true, BackoffInitial = TimeSpan.FromMilliseconds(1), BackoffMax = TimeSpan.FromMilliseconds(1) };
        await _world.RestartAsync();
        var running = _world.Device.Parts.Listener.RunAsync(_stop.Token);
        await opened.WaitAsync(Ct);

        // Advanced until it is heard: the listener may still be on its way to the read.
        while (!await opened.WaitAsync(TimeSpan.Zero, Ct))
        {
            _world.Time.Advance(Limits.EventSilenceMax);
            await Task.Yield();
        }

        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_heartbeat_tells_how_the_device_is_and_is_sent_when_telemetry_is_throttled()
    {
        _world.Append(7);
        _world.Cloud.Before = static request => request.RequestUri!.AbsolutePath == Routes.Telemetry ? ControlPlaneDouble.Answer(ProblemTypes.RateLimited.With("slow down")) : null;

        await _world.SyncAsync();
        Assert.Equal(("ok", 7), Assert.Single(_world.Cloud.Heartbeats) is var first ? (first.Reason, first.PendingRecords) : default);
        await _world.SyncAsync();
        Assert.Single(_world.Cloud.Heartbeats);
        _world.Time.Advance(_world.Options.HeartbeatInterval);
        await _world.SyncAsync();

        var heartbeat = _world.Cloud.Heartbeats[1];
        Assert.Equal(("rate-limited", 7), (heartbeat.Reason, heartbeat.PendingRecords));
        Assert.Equal(new StreamPosition(_world.Device.Status.LiveEpoch, 7, 0, true), Assert.Single(heartbeat.Streams));
        Assert.True(heartbeat.PendingBytes > 0);
    }

    [Fact]
    public async Task A_device_whose_file_cannot_be_read_says_so_and_tries_again()
    {
        _world.Execute("ALTER TABLE gaps RENAME TO gone");
        _world.Append(1);
        var running = _world.Device.RunAsync(_stop.Token);
        while (_world.Device.Status.Reason != "device-storage")
        {
            await Task.Yield();
        }

        _world.Execute("ALTER TABLE gone RENAME TO gaps");
        _world.Time.Advance(_world.Options.BackoffMax);
        Assert.True(await _world.Device.DrainAsync(Ct));
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task An_agent_runs_once()
    {
        var running = _world.Device.RunAsync(_stop.Token);

        await Assert.ThrowsAsync<InvalidOperationException>(() => _world.Device.RunAsync(Ct));

        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Disposing_stops_the_agent()
    {
        var running = _world.Device.RunAsync(Ct);

        await _world.Device.DisposeAsync();

        await running;
    }

    private sealed class SlowHandler(HttpMessageHandler inner, Task gate) : DelegatingHandler(inner)
    {
        private readonly TaskCompletionSource _entered = new();

        public Task Entered => _entered.Task;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath == Routes.Telemetry)
            {
                _entered.TrySetResult();
                await gate.WaitAsync(cancellationToken);
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }
}
