using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>
/// The sync loop: the certificate, commands and configuration first, then a heartbeat when it is due and a batch of each stream, until nothing is left; then it waits for the interval, a
/// lane's next attempt, or a call. One attempt at a time.
/// </summary>
internal sealed partial class SyncAgent(
    EdgeDeviceOptions options,
    SyncLanes lanes,
    CertificateSync? certificates,
    CommandSync commands,
    ConfigSync config,
    TelemetrySync telemetry,
    HeartbeatReport heartbeat,
    StreamVerification verification,
    ControlPlaneClient client,
    RunIdentity run,
    StreamStore streams,
    CommandStore commandStore,
    ConfigStore configStore,
    RetentionPass retention,
    SettingsStore settings,
    TelemetryPause pause,
    FilePass file,
    ControlPlaneClock clock,
    TimeProvider time,
    ILogger logger)
    : IDisposable
{
    private readonly WakeSignal _wake = new(time);
    private readonly DrainRequests _drains = new();
    private readonly SeenIntent _intent = new();
    private TimeSpan _passAt;
    private TimeSpan _heartbeatAt;
    private bool _cameBack;

    public void Wake() => _wake.Set();

    /// <summary>The control plane's intent version, wherever it was told.</summary>
    /// <returns>Whether it is news.</returns>
    public bool NoteIntent(long version) => _intent.Note(version);

    /// <summary>An answer reflects a version, where another was seen before it was asked for.</summary>
    public void AnswerIntent(long seenBefore, long answered)
    {
        if (_intent.Answer(seenBefore, answered))
        {
            commands.MustPull = config.MustExchange = true;
        }
    }

    /// <summary>Loops until <paramref name="stop"/>; an attempt under way then goes on until <paramref name="hardStop"/>.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken hardStop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var drains = BeginDrains();
                await TryPassAsync(stop, hardStop);
                await _wake.WaitAsync(EndPass(drains), stop);
            }
        }
        catch (OperationCanceledException) when (hardStop.IsCancellationRequested)
        {
            LogCut();
        }
        finally
        {
            _drains.Abandon();
        }
    }

    /// <summary>Syncs without waiting until nothing is pending.</summary>
    public Task<bool> DrainAsync(CancellationToken ct)
    {
        var drained = _drains.WaitAsync(ct);
        _wake.Set();
        return drained;
    }

    /// <summary>Goes once through everything that is due, until nothing is left or everything that is left waits.</summary>
    internal async Task PassAsync(CancellationToken stop, CancellationToken hardStop)
    {
        _passAt = lanes.Now;
        bool more;
        do
        {
            _cameBack = false;
            if (_intent.TakeDoubt())
            {
                commands.MustPull = config.MustExchange = true;
            }

            var intent = _intent.Seen;
            if (!await TryCertificateAsync(hardStop))
            {
                return;
            }

            if (!await TryLaneAsync(SyncLane.Commands, () => commands.SyncAsync(_intent.Seen, hardStop))
                || !await TryLaneAsync(SyncLane.Config, () => config.SyncAsync(_intent.Seen, hardStop)))
            {
                return;
            }

            // Before the telemetry: its answer may tell that the control plane has less than it acknowledged.
            if (lanes.Now >= _heartbeatAt && !await TryLaneAsync(SyncLane.Heartbeat, () => SendHeartbeatAsync(hardStop)))
            {
                return;
            }

            if (await SendStreamsAsync(stop, hardStop) is not { } sent)
            {
                return;
            }

            // Told by an acknowledgement of this round: the event stream will not wake the loop for what it knows already.
            more = sent || _intent.Seen > intent;
            // One request a pass: whatever else there is to do comes between two of them. When it is the first to get through again, the others go once more.
            if (!more && !_cameBack && await TryLaneAsync(SyncLane.Verification, () => verification.StepAsync(hardStop)))
            {
                retention.DeleteAcknowledged();
            }
        }
        while ((more || _cameBack) && !stop.IsCancellationRequested);
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>The same, and what the device's file does to it is said and mended.</summary>
    internal Task TryPassAsync(CancellationToken stop, CancellationToken hardStop) => file.TryAsync(() =>
    {
        if (file.IsAnother())
        {
            commands.MustPull = config.MustExchange = true;
            _heartbeatAt = default;
        }

        return PassAsync(stop, hardStop);
    });

    /// <summary>Tells those who wait, and says how long the loop waits.</summary>
    private TimeSpan EndPass(List<TaskCompletionSource<bool>> drains) => file.TryWait(
        () =>
        {
            EndDrains(drains);
            return WaitFor(drains.Count > 0);
        },
        options.BackoffInitial);

    /// <summary>Sees to the certificate.</summary>
    /// <returns>Whether there is one: without it nothing else is tried.</returns>
    private async Task<bool> TryCertificateAsync(CancellationToken ct)
    {
        if (certificates is null || lanes.IsWaiting(SyncLane.Certificate))
        {
            return certificates?.HasCertificate ?? true;
        }

        var outcome = await certificates.SyncAsync(ct);
        if (outcome is { Category: ProblemCategory.Network } && certificates.HasCertificate)
        {
            // A renewal that does not get through holds up nothing that the old certificate still serves.
            lanes.ApplyAlone(SyncLane.Certificate, outcome);
        }
        else
        {
            await TryLaneAsync(SyncLane.Certificate, () => Task.FromResult(outcome));
        }

        return certificates.HasCertificate;
    }

    /// <summary>Lets a lane work unless it waits.</summary>
    /// <returns>False when the network has failed, which ends the pass.</returns>
    private async Task<bool> TryLaneAsync(SyncLane lane, Func<Task<AttemptOutcome?>> work)
    {
        if (lanes.IsWaiting(lane))
        {
            return true;
        }

        if (await file.TryLaneAsync(work) is not { } outcome)
        {
            return true;
        }

        // The gateway's clock says so, and renewing may help.
        _cameBack |= outcome.Code == ProblemTypes.CertificateExpired.Code && certificates?.NoteExpired() == true;
        if (lanes.Apply(lane, outcome))
        {
            // What was missed while the connection was away.
            commands.MustPull = config.MustExchange = _cameBack = true;
        }

        return outcome.Category != ProblemCategory.Network;
    }

    /// <summary>
    /// Sends a batch of the live stream and one of the backlog: history gets at most every second batch. A stream that fails by itself waits by itself, and what the
    /// control plane has no room for of the backlog does not hold up the live stream.
    /// </summary>
    /// <returns>Whether there may be more to send at once; null when the network has failed, which ends the pass.</returns>
    private async Task<bool?> SendStreamsAsync(CancellationToken stop, CancellationToken hardStop)
    {
        if (pause.Note())
        {
            return false;
        }

        var sent = false;
        var open = streams.ReadOpen(live: false);
        if (open.All(stream => stream.Live))
        {
            lanes.NoteNoBacklog();
        }

        var ready = open.Where(stream => !lanes.IsWaiting(stream)).ToList();
        foreach (var stream in ready.Where(stream => stream.Live).Concat(ready.Where(stream => !stream.Live).Take(1)))
        {
            var lane = SyncLanes.LaneOf(stream);
            var outcome = await telemetry.SendNextAsync(stream, hardStop);
            if (outcome is { IsOfOneStream: true } && (!stream.Live || open.Count > 1))
            {
                lanes.Apply(stream.Epoch, outcome);
            }
            else
            {
                lanes.Forget(stream.Epoch);
                if (!await TryLaneAsync(lane, () => Task.FromResult(outcome)))
                {
                    return null;
                }

                sent |= !lanes.IsWaiting(lane);
            }

            if (stop.IsCancellationRequested)
            {
                return false;
            }
        }

        return sent;
    }

    private async Task<AttemptOutcome?> SendHeartbeatAsync(CancellationToken ct)
    {
        var attempt = await run.SendAsync(boot => client.SendHeartbeatAsync(heartbeat.Read(boot), ct));
        if (attempt.Answer is { } ack)
        {
            NoteIntent(ack.IntentVersion);
            clock.Hear(ack.ServerTime);
            verification.Note(ack.Streams);
            _heartbeatAt = lanes.Now + options.HeartbeatInterval;
            return await telemetry.ResumeAsync(ack.Streams, ct) ?? attempt.Outcome;
        }

        return attempt.Outcome;
    }

    /// <summary>How long the loop waits before its next pass.</summary>
    internal TimeSpan WaitFor(bool draining)
    {
        var now = lanes.Now;
        if (certificates is { HasCertificate: false })
        {
            return TimeSpan.FromTicks(Math.Max(0, (lanes[SyncLane.Certificate].NextAttemptAt - now).Ticks));
        }

        if (verification.HasWork && !lanes.IsWaiting(SyncLane.Verification))
        {
            return TimeSpan.Zero;
        }

        var next = _passAt + settings.SyncInterval;
        if (draining && _drains.Any && settings.PausedAt is null && streams.ReadOpen(live: false).Any(stream => !lanes.IsWaiting(stream)))
        {
            next = now;
        }

        if (lanes.FirstAttemptAfter(_passAt) is { } attempt && attempt < next)
        {
            next = attempt;
        }

        if (!lanes.IsWaiting(SyncLane.Certificate) && certificates?.DueIn is { } due && now + due < next)
        {
            next = now + due;
        }

        var heartbeatAt = lanes.IsWaiting(SyncLane.Heartbeat) ? lanes[SyncLane.Heartbeat].NextAttemptAt : _heartbeatAt;
        next = heartbeatAt < next ? heartbeatAt : next;
        return next > now ? next - now : TimeSpan.Zero;
    }

    private List<TaskCompletionSource<bool>> BeginDrains()
    {
        var drains = _drains.Begin(out var isNew);
        if (isNew)
        {
            // Whoever asks knows something that the waits do not, such as a network that is back.
            commands.MustPull = config.MustExchange = true;
            lanes.RetryNetwork();
        }

        return drains;
    }

    private void EndDrains(List<TaskCompletionSource<bool>> drains)
    {
        if (drains.Count == 0 || commands.MustPull || config.MustExchange || commandStore.CountUnfinished() > 0 || configStore.HasUnsent())
        {
            return;
        }

        var isPending = streams.CountPending() > 0;
        if (!isPending || settings.PausedAt is not null)
        {
            _drains.End(drains, !isPending);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A request under way was cut off by the stop; it will be sent again")]
    private partial void LogCut();
}
