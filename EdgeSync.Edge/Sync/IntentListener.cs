using System.Net.ServerSentEvents;
using System.Text.Json;
using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>
/// Keeps the event stream open, so that the control plane can call the device. Without it nothing is lost: every acknowledgement carries the
/// same hint.
/// </summary>
internal sealed partial class IntentListener(ControlPlaneClient client, EdgeDeviceOptions options, Entropy entropy, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan SustainedAfter = TimeSpan.FromMinutes(1);

    // The gateway reckons a token's end in whole seconds.
    private static readonly TimeSpan TokenEndTolerance = TimeSpan.FromSeconds(2);

    private readonly WakeSignal _wait = new(time);
    private readonly long _openedAt = time.GetTimestamp();
    private CancellationTokenSource _reopen = new();
    private volatile bool _connected;

    /// <summary>Called with each intent version.</summary>
    public Action<long> IntentSeen { get; set; } = static _ => { };

    public bool IsConnected => _connected;

    public async Task RunAsync(CancellationToken stop)
    {
        var bounds = new BackoffBounds(options.BackoffInitial, options.BackoffMax);
        var state = LaneState.Initial;
        while (!stop.IsCancellationRequested)
        {
            var beganAt = Now();
            var outcome = await ListenAsync(stop);
            state = Now() - beganAt >= SustainedAfter ? LaneState.Initial : state;
            state = SyncDecision.Next(state, outcome, Now(), entropy.NextJitter(), bounds);
            var wait = state.NextAttemptAt - Now();
            LogEnded(outcome.Code, wait);
            await _wait.WaitAsync(wait, stop);
        }
    }

    /// <summary>Ends the present stream, if there is one, and opens another at once: the device has another certificate.</summary>
    public void Reopen()
    {
        using (var before = Interlocked.Exchange(ref _reopen, new CancellationTokenSource()))
        {
            before.Cancel();
        }

        _wait.Set();
    }

    public void Dispose()
    {
        _wait.Dispose();
        _reopen.Dispose();
    }

    /// <summary>Listens to one stream until it ends.</summary>
    private async Task<AttemptOutcome> ListenAsync(CancellationToken stop)
    {
        // Taken before the stream is opened, so that no change of the certificate is missed.
        var reopen = Volatile.Read(ref _reopen).Token;
        Attempt<EventStream> attempt;
        try
        {
            attempt = await client.OpenEventsAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return AttemptOutcome.Success;
        }

        if (attempt.Answer is not { } stream)
        {
            return attempt.Outcome;
        }

        var (openedAt, endsAt) = (client.Tokens.Now, stream.Token.EndsAt);
        using (stream)
        {
            var outcome = await ReadAsync(stream, reopen, stop);
            return outcome.Category == ProblemCategory.Network && IsOver(openedAt, endsAt, client.Tokens.Now, outcome.Code == ReasonCodes.StreamEnded)
                ? AttemptOutcome.Success
                : outcome;
        }
    }

    private async Task<AttemptOutcome> ReadAsync(EventStream stream, CancellationToken reopen, CancellationToken stop)
    {
        try
        {
            using var silence = new CancellationTokenSource(Limits.EventSilenceMax, time);
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop, reopen, silence.Token);
            _connected = true;
            await using var bytes = await stream.Content.ReadAsStreamAsync(cancel.Token);
            await using var watched = new WatchedStream(bytes, () => silence.CancelAfter(Limits.EventSilenceMax));
            await foreach (var item in SseParser.Create(watched, ReadIntent).EnumerateAsync(cancel.Token))
            {
                if (item.Data is { } intent)
                {
                    IntentSeen(intent.IntentVersion);
                }
            }

            return AttemptOutcome.Network(ReasonCodes.StreamEnded, "The event stream ended.");
        }
        catch (OperationCanceledException)
        {
            return stop.IsCancellationRequested || reopen.IsCancellationRequested
                ? AttemptOutcome.Success
                : AttemptOutcome.Network(ReasonCodes.Timeout, "The event stream was silent.");
        }
        catch (Exception e) when (HttpAttempts.OutcomeOf(e, stop) is { } outcome)
        {
            return outcome;
        }
        finally
        {
            _connected = false;
        }
    }

    /// <summary>Whether a stream that ended is opened again at once: its token was over, or it had lasted and was ended in order. One that ends as soon as it is opened waits.</summary>
    internal static bool IsOver(TimeSpan openedAt, TimeSpan tokenEndsAt, TimeSpan now, bool inOrder)
    {
        var tenth = (tokenEndsAt - openedAt) / 10;
        return (inOrder && now - openedAt >= SustainedAfter) || now >= tokenEndsAt - (tenth < TokenEndTolerance ? tenth : TokenEndTolerance);
    }

    private static IntentEvent? ReadIntent(string type, ReadOnlySpan<byte> data)
    {
        try
        {
            return type == "intent" ? JsonSerializer.Deserialize(data, ProtocolJson.Default.IntentEvent) : null;
        }
        catch (JsonException)
        {
            // An event of a later protocol: the acknowledgements' hints still come.
            return null;
        }
    }

    private TimeSpan Now() => time.GetElapsedTime(_openedAt);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The event stream ended ({Code}); opening it again in {Wait}")]
    private partial void LogEnded(string code, TimeSpan wait);
}
