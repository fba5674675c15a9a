using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>The state of every lane. A failure of the network is one of all lanes; what the control plane answers is of the lane that asked.</summary>
internal sealed partial class SyncLanes(EdgeDeviceOptions options, SyncLogStore syncLog, SyncCounters counters, Entropy entropy, TimeProvider time, ILogger logger)
{
    private readonly BackoffBounds _bounds = new(options.BackoffInitial, options.BackoffMax);
    private readonly long _openedAt = time.GetTimestamp();
    private readonly LaneState[] _states = [.. Enum.GetValues<SyncLane>().Select(_ => LaneState.Initial)];

    // Streams that failed by themselves; the telemetry lane goes on without them.
    private readonly Dictionary<Epoch, LaneState> _streams = [];
    private (string Code, string Error, long At)? _unsaid;

    public TimeSpan Now => time.GetElapsedTime(_openedAt);

    public LaneState this[SyncLane lane] => _states[(int)lane];

    public bool IsWaiting(SyncLane lane) => this[lane].IsWaiting(Now);

    /// <summary>Whether the stream waits, alone or with its lane.</summary>
    public bool IsWaiting(StreamRow stream) => IsWaiting(LaneOf(stream)) || (_streams.TryGetValue(stream.Epoch, out var state) && state.IsWaiting(Now));

    public static SyncLane LaneOf(StreamRow stream) => stream.Live ? SyncLane.Telemetry : SyncLane.Backlog;

    /// <summary>Why the device is not syncing: the telemetry lane's reason, then a stream's, before the others'. Verification is no part of syncing.</summary>
    public LaneState Worst => this[SyncLane.Telemetry].Category is not null
        ? this[SyncLane.Telemetry]
        : _streams.Values.Concat(_states.Where((_, lane) => lane != (int)SyncLane.Verification)).FirstOrDefault(state => state.Category is not null) ?? this[SyncLane.Telemetry];

    public string? LastError => _states.Where(state => state.Error is not null).MaxBy(state => state.Since)?.Error;

    /// <summary>When the first lane tries again that could not at this time; null when there is none. A short wait may be over before anyone asks.</summary>
    public TimeSpan? FirstAttemptAfter(TimeSpan passAt) =>
        _states.Concat(_streams.Values).Where(state => state.Category is not null && state.IsWaiting(passAt)).Select(state => (TimeSpan?)state.NextAttemptAt).Min();

    /// <summary>Takes an attempt's outcome.</summary>
    /// <returns>Whether the connection came back with it.</returns>
    public bool Apply(SyncLane lane, AttemptOutcome outcome)
    {
        var (now, jitter) = (Now, outcome.Succeeded ? 0 : entropy.NextJitter());
        if (!outcome.Succeeded)
        {
            counters.CountError(outcome);
        }

        var before = this[lane];
        if (outcome.Category == ProblemCategory.Network)
        {
            for (var i = 0; i < _states.Length; i++)
            {
                _states[i] = SyncDecision.Next(_states[i], outcome, now, jitter, _bounds);
            }
        }
        else
        {
            _states[(int)lane] = SyncDecision.Next(before, outcome, now, jitter, _bounds);
        }

        if (before.Reason != outcome.Code)
        {
            Note(lane, outcome);
        }

        return outcome.Category != ProblemCategory.Network && Reconnect(now, before.Category == ProblemCategory.Network);
    }

    /// <summary>A failure on the way that says nothing of the other lanes: they neither wait for it nor end its wait.</summary>
    public void ApplyAlone(SyncLane lane, AttemptOutcome failure)
    {
        var before = this[lane];
        counters.CountError(failure);
        _states[(int)lane] = SyncDecision.Next(before, failure with { Category = ProblemCategory.Resource }, Now, entropy.NextJitter(), _bounds);
        if (before.Reason != failure.Code)
        {
            Note(lane, failure);
        }
    }

    /// <summary>A failure of one stream, which waits alone.</summary>
    public void Apply(Epoch stream, AttemptOutcome failure)
    {
        var before = _streams.GetValueOrDefault(stream, LaneState.Initial);
        counters.CountError(failure);
        _streams[stream] = SyncDecision.Next(before, failure, Now, entropy.NextJitter(), _bounds);
        if (before.Reason != failure.Code)
        {
            Note(SyncLane.Telemetry, failure);
        }
    }

    /// <summary>The stream goes on, or is over.</summary>
    public void Forget(Epoch stream) => _streams.Remove(stream);

    /// <summary>No stream drains beside the live one: why the last one waited is no reason any more.</summary>
    public void NoteNoBacklog()
    {
        if (this[SyncLane.Backlog] is { Category: not null and not ProblemCategory.Network } state)
        {
            _states[(int)SyncLane.Backlog] = state with { Reason = ReasonCodes.Ok, Category = null, Since = Now };
        }
    }

    /// <summary>Telemetry is paused since then, or not: why it failed before is no reason any more, but how long it was to wait is.</summary>
    public void NotePause(TimeSpan? since)
    {
        foreach (var lane in (ReadOnlySpan<SyncLane>)[SyncLane.Telemetry, SyncLane.Backlog])
        {
            var state = this[lane];
            if (since is { } at && state.Category != ProblemCategory.Network)
            {
                _states[(int)lane] = state with { Reason = ReasonCodes.Paused, Category = null, Since = at };
                _streams.Clear();
            }
            else if (since is null && state.Reason == ReasonCodes.Paused)
            {
                _states[(int)lane] = state with { Reason = ReasonCodes.Ok, Since = Now };
            }
        }
    }

    /// <summary>A failure of the device itself, which every lane shares. It may be one that <c>sync_log</c> cannot be told of at once.</summary>
    public void ApplyToAll(AttemptOutcome outcome)
    {
        var (now, jitter) = (Now, entropy.NextJitter());
        counters.CountError(outcome);
        if (Worst.Reason != outcome.Code)
        {
            _unsaid = (outcome.Code, outcome.Error ?? "", time.GetMicroseconds());
            TellUnsaid();
        }

        for (var i = 0; i < _states.Length; i++)
        {
            _states[i] = SyncDecision.Next(_states[i], outcome, now, jitter, _bounds);
        }
    }

    /// <summary>A pass has come to its end: a lane that tried again, or had nothing to do, is not held up by the device's files any more.</summary>
    public void NotePassEnd()
    {
        counters.CountPass();
        var (now, wasFailing) = (Now, false);
        for (var i = 0; i < _states.Length; i++)
        {
            if (SyncDecision.StorageWorks(_states[i], now) is var works && !ReferenceEquals(works, _states[i]))
            {
                (_states[i], wasFailing) = (works, true);
            }
        }

        if (wasFailing && !_states.Any(state => StorageRules.IsOfStorage(state.Reason)))
        {
            TellUnsaid();
            syncLog.Write("device", ReasonCodes.Ok, "The device's file can be used again.");
            LogWorks("device");
        }
    }

    /// <summary>Another certificate: what was refused because of the old one need not wait.</summary>
    public void RetryIdentity()
    {
        for (var i = 0; i < _states.Length; i++)
        {
            _states[i] = SyncDecision.Reidentified(_states[i], Now);
        }
    }

    /// <summary>Everyone was told that the network is there: lanes that wait for it need not.</summary>
    public void RetryNetwork() => Reconnect(Now, false);

    /// <summary>The lanes that do not work, as a heartbeat says it.</summary>
    public IReadOnlyList<LaneReason>? ReadFailing()
    {
        var failing = Read().Where(lane => lane.Reason != ReasonCodes.Ok).ToList();
        return failing.Count == 0
            ? null
            : [.. failing.Select(lane => new LaneReason(lane.Lane, lane.Reason, Microseconds.From(lane.Since), lane.NextAttemptAt is { } next ? Microseconds.From(next) : null))];
    }

    public IReadOnlyList<LaneStatus> Read()
    {
        var (now, clock) = (Now, time.GetUtcNow());
        return
        [
            .. Enum.GetValues<SyncLane>().Select(lane => this[lane] is var state && state.Category is null
                ? new LaneStatus(Words.Of(lane), state.Reason, clock - (now - state.Since), null, state.Attempts, state.Error)
                : new LaneStatus(Words.Of(lane), state.Reason, clock - (now - state.Since), clock + (state.NextAttemptAt - now), state.Attempts, state.Error)),
        ];
    }

    private bool Reconnect(TimeSpan now, bool wasAway)
    {
        for (var i = 0; i < _states.Length; i++)
        {
            wasAway |= _states[i].Category == ProblemCategory.Network;
            _states[i] = SyncDecision.Reconnected(_states[i], now, _bounds);
        }

        return wasAway;
    }

    private void TellUnsaid()
    {
        if (_unsaid is not { } unsaid)
        {
            return;
        }

        try
        {
            syncLog.Write("device", unsaid.Code, unsaid.Error, unsaid.At);
            _unsaid = null;
        }
        catch (SqliteException e)
        {
            LogUnsaid(e, unsaid.Code);
        }
    }

    private void Note(SyncLane lane, AttemptOutcome outcome)
    {
        TellUnsaid();
        var area = outcome.Category == ProblemCategory.Network ? "network" : Words.Of(lane);
        syncLog.Write(area, outcome.Code, outcome.Error ?? "");
        if (outcome.Succeeded)
        {
            LogWorks(area);
        }
        else
        {
            LogFails(area, outcome.Code, outcome.Error);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The reason {Code} cannot be written to the device's file yet")]
    private partial void LogUnsaid(Exception exception, string code);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sync of {Area} works again")]
    private partial void LogWorks(string area);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sync of {Area} does not work: {Code}. {Error}")]
    private partial void LogFails(string area, string code, string? error);
}
