using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
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
    ControlPlaneClient client,
    RunIdentity run,
    StreamStore streams,
    CommandStore commandStore,
    ConfigStore configStore,
    RetentionStore retention,
    SettingsStore settings,
    TelemetryPause pause,
    ControlPlaneClock clock,
    TimeProvider time,
    ILogger logger)
    : IDisposable
{
    private const int RetentionPassesMax = 4;
    private static readonly TimeSpan RetentionInterval = TimeSpan.FromMinutes(1);

    private readonly WakeSignal _wake = new(time);
    private readonly DrainRequests _drains = new();
    private readonly SeenIntent _intent = new();
    private TimeSpan _passAt;
    private TimeSpan _heartbeatAt;
    private TimeSpan _retentionAt;
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
                await _wake.WaitAsync(await TryPassAsync(drains, stop, hardStop), stop);
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
        }
        while ((more || _cameBack) && !stop.IsCancellationRequested);
        DeleteAcknowledged();
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>A pass, and what is told after it.</summary>
    /// <returns>How long the loop waits.</returns>
    private async Task<TimeSpan> TryPassAsync(List<TaskCompletionSource<bool>> drains, CancellationToken stop, CancellationToken hardStop)
    {
        try
        {
            await PassAsync(stop, hardStop);
            EndDrains(drains);
            return WaitFor(drains.Count > 0);
        }
        catch (SqliteException e)
        {
            LogStorage(e, e.Message);
            lanes.ApplyToAll(new AttemptOutcome(ReasonCodes.DeviceStorage, ProblemCategory.Resource, Error: $"The device's file: {e.Message}"));
            // How often to sync is in the file too: the lanes' own waits are left.
            return lanes.FirstAttemptAfter(lanes.Now) is { } attempt ? attempt - lanes.Now : options.BackoffInitial;
        }
    }

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

        if (await work() is not { } outcome)
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

    /// <summary>Sends a batch of each stream. One that fails by itself waits by itself, so that it cannot hold up the others.</summary>
    /// <returns>Whether there may be more to send at once; null when the network has failed, which ends the pass.</returns>
    private async Task<bool?> SendStreamsAsync(CancellationToken stop, CancellationToken hardStop)
    {
        if (pause.Note())
        {
            return false;
        }

        var sent = false;
        var open = lanes.IsWaiting(SyncLane.Telemetry) ? [] : streams.ReadOpen(live: false);
        foreach (var stream in open.Where(stream => !lanes.IsWaiting(stream.Epoch)))
        {
            var outcome = await telemetry.SendNextAsync(stream, hardStop);
            if (outcome is { IsOfOneStream: true } && (!stream.Live || open.Count > 1))
            {
                lanes.Apply(stream.Epoch, outcome);
            }
            else
            {
                lanes.Forget(stream.Epoch);
                if (!await TryLaneAsync(SyncLane.Telemetry, () => Task.FromResult(outcome)))
                {
                    return null;
                }

                sent = true;
            }

            if (lanes.IsWaiting(SyncLane.Telemetry) || stop.IsCancellationRequested)
            {
                return false;
            }
        }

        return sent;
    }

    private async Task<AttemptOutcome?> SendHeartbeatAsync(CancellationToken ct)
    {
        var worst = lanes.Worst;
        var attempt = await run.SendAsync(boot => client.SendHeartbeatAsync(heartbeat.Read(boot, worst.Reason, lanes.Now - worst.Since), ct));
        if (attempt.Answer is { } ack)
        {
            NoteIntent(ack.IntentVersion);
            clock.Hear(ack.ServerTime);
            _heartbeatAt = lanes.Now + options.HeartbeatInterval;
            return await telemetry.ResumeAsync(ack.Streams, ct) ?? attempt.Outcome;
        }

        return attempt.Outcome;
    }

    internal void DeleteAcknowledged()
    {
        if (lanes.Now < _retentionAt || clock.Now is not { } serverNow)
        {
            return;
        }

        var before = serverNow - (long)options.AcknowledgedRetention.TotalMicroseconds;
        var more = true;
        for (var pass = 0; more && pass < RetentionPassesMax; pass++)
        {
            more = retention.DeleteAcknowledged(before);
        }

        _retentionAt = more ? lanes.Now : lanes.Now + (options.AcknowledgedRetention < RetentionInterval ? settings.SyncInterval : RetentionInterval);
    }

    /// <summary>How long the loop waits before its next pass.</summary>
    internal TimeSpan WaitFor(bool draining)
    {
        var now = lanes.Now;
        if (certificates is { HasCertificate: false })
        {
            return TimeSpan.FromTicks(Math.Max(0, (lanes[SyncLane.Certificate].NextAttemptAt - now).Ticks));
        }

        var next = _passAt + settings.SyncInterval;
        if (draining && _drains.Any && settings.PausedAt is null && !lanes.IsWaiting(SyncLane.Telemetry) && streams.ReadOpen(live: false).Any(stream => !lanes.IsWaiting(stream.Epoch)))
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

    [LoggerMessage(Level = LogLevel.Error, Message = "The device's file cannot be read or written: {Error}")]
    private partial void LogStorage(Exception exception, string error);
}
