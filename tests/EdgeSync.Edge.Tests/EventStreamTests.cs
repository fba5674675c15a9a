using System.IO.Pipelines;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>The event stream beside certificates and tokens that change. Every wait after a failure is an hour: what comes at once was no failure.</summary>
public sealed class EventStreamTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private readonly EnrolledWorld _world = new();
    private readonly CancellationTokenSource _stop = new();
    private Pipe _pipe = new();
    private int _opened;

    public EventStreamTests()
    {
        _world.Options = _world.Options with { EventStream = true, BackoffInitial = TimeSpan.FromHours(1), BackoffMax = TimeSpan.FromHours(1) };
        _world.Cloud.Events = () =>
        {
            _pipe = new Pipe();
            Interlocked.Increment(ref _opened);
            return _pipe.Reader.AsStream();
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task It_is_opened_as_soon_as_the_device_has_enrolled()
    {
        await _world.RestartAsync();
        var listening = _world.Device.Parts.Listener.RunAsync(_stop.Token);
        Assert.Empty(_world.Shown);

        await _world.SyncAsync();

        await OpenedAsync(1);
        await EndAsync(listening);
    }

    [Fact]
    public async Task It_moves_to_the_new_certificate()
    {
        await _world.SyncAsync();
        await _world.RestartAsync();
        var listening = _world.Device.Parts.Listener.RunAsync(_stop.Token);
        await OpenedAsync(1);

        _world.ServerNow = () => Start.AddDays(20);
        await _world.SyncAsync();
        await _world.SyncAsync();

        await OpenedAsync(2);
        Assert.Single(_world.Renewals);
        Assert.Equal(2, _world.Shown.Where(shown => shown.Path == Routes.Events).Select(shown => shown.Certificate).Distinct().Count());
        await EndAsync(listening);
    }

    [Fact]
    public async Task It_is_opened_again_at_once_when_it_ended_with_its_token()
    {
        _world.Cloud.TokenSeconds = 30;
        await _world.SyncAsync();
        await _world.RestartAsync();
        var listening = _world.Device.Parts.Listener.RunAsync(_stop.Token);
        await OpenedAsync(1);

        _world.Time.Advance(TimeSpan.FromSeconds(29));
        await _pipe.Writer.CompleteAsync();

        await OpenedAsync(2);
        Assert.Equal(3, _world.Cloud.Tokens.Count);
        await EndAsync(listening);
    }

    [Fact]
    public async Task One_that_ends_as_soon_as_it_is_opened_waits()
    {
        await _world.SyncAsync();
        await _world.RestartAsync();
        var listening = _world.Device.Parts.Listener.RunAsync(_stop.Token);
        await OpenedAsync(1);

        await _pipe.Writer.CompleteAsync();
        await UntilAsync(() => !_world.Device.Status.EventStreamConnected);
        _world.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, Volatile.Read(ref _opened));
        await EndAsync(listening);
    }

    [Fact]
    public async Task A_stop_while_it_is_being_opened_ends_it()
    {
        await _world.SyncAsync();
        await _world.RestartAsync();
        _world.Cloud.Events = () =>
        {
            _stop.Cancel();
            throw new OperationCanceledException(_stop.Token);
        };

        await _world.Device.Parts.Listener.RunAsync(_stop.Token);

        Assert.False(_world.Device.Status.EventStreamConnected);
    }

    private Task OpenedAsync(int count) => UntilAsync(() => Volatile.Read(ref _opened) == count && _world.Device.Status.EventStreamConnected);

    private async Task EndAsync(Task listening)
    {
        await _stop.CancelAsync();
        await listening;
    }

    // The listener goes on by itself, on another thread.
    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        while (!holds())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
