using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>Sends what comes after a stream's cursor, and learns from every answer: what to skip, mend, split, set aside or number anew.</summary>
internal sealed partial class TelemetrySync(
    ControlPlaneClient client,
    RunIdentity run,
    StateStore state,
    StreamStore streams,
    BatchStore batches,
    DamageStore damage,
    StreamRecovery recovery,
    LiveStreamStore liveStreams,
    ControlPlaneClock clock,
    SyncLogStore syncLog,
    SyncCounters counters,
    SettingsStore settings,
    EdgeDeviceOptions options,
    Entropy entropy,
    TimeProvider time,
    ILogger logger)
{
    // So many answers in a row may be learned from at once; then the lane waits like after any failure.
    private const int ConflictsInARowMax = 32;

    // When every single reading is refused, the readings are hardly at fault: beyond this only one more after each wait, which doubles to an hour.
    private const int SetAsideInARowMax = 8;

    private const int BacklogIntervals = 5;

    private readonly Dictionary<Epoch, StreamTries> _tries = [];
    private long? _caughtUpAt;

    /// <summary>Called with each acknowledgement's intent version.</summary>
    public Action<long> IntentSeen { get; set; } = static _ => { };

    /// <summary>Sends one batch of the stream.</summary>
    /// <returns>How it went; null when something was learned and it can go on at once.</returns>
    public async Task<AttemptOutcome?> SendNextAsync(StreamRow stream, CancellationToken ct)
    {
        state.MakeDurable();
        var tries = TriesOf(stream.Epoch);
        var entries = batches.Read(stream, tries.Split?.ItemsMax ?? options.BatchReadingsMax);
        if (entries.Items == 0)
        {
            return CountConflict(tries, await LearnMissingAsync(stream, ct), AttemptOutcome.HistoryDiffers("Readings are missing again and again."));
        }

        var lane = LaneOf(stream);
        counters.CountBatch(again: tries.LastFirst == entries.Builder.First);
        tries.LastFirst = entries.Builder.First;
        TelemetryBatch? batch = null;
        using var span = EdgeTraces.Batch(options.Device, stream, entries.Builder.First, lane);
        var attempt = await run.SendAsync(boot => client.SendTelemetryAsync(batch = entries.Builder.Build(boot, time.GetMicroseconds()), lane, ct));
        var outcome = attempt.Answer is { } ack
            ? await AcknowledgeAsync(stream, batch!, ack, ct)
            : await LearnAsync(stream, batch!, entries, attempt.Outcome, ct);
        EdgeTraces.End(span, attempt.Outcome.Code, !attempt.Outcome.Succeeded, attempt.Outcome.Error);
        return CountConflict(
            tries, outcome, attempt.Outcome.Succeeded ? AttemptOutcome.HistoryDiffers("Acknowledgements differ from the device's history again and again.") : attempt.Outcome);
    }

    /// <summary>Goes back where the control plane has less than it acknowledged: it was restored, and of a drained stream only this tells the device.</summary>
    /// <returns>Why it could not; null when it is done.</returns>
    public async Task<AttemptOutcome?> ResumeAsync(IReadOnlyList<StreamWatermark> watermarks, CancellationToken ct)
    {
        var kept = streams.ReadKept().ToDictionary(stream => stream.Epoch);
        foreach (var (epoch, watermark, _) in watermarks)
        {
            if (!kept.TryGetValue(epoch, out var stream) || watermark >= stream.Acked)
            {
                continue;
            }

            var attempt = await client.QueryDigestsAsync(new DigestQuery(epoch, [watermark]), ct);
            if (attempt.Answer is not { } answer)
            {
                return attempt.Outcome;
            }

            if (answer.Digests is [{ Digest: { } digest }] && answer.Watermark == watermark
                && await ResumeAsync(stream, watermark, digest, ct) is { } outcome)
            {
                return outcome;
            }
        }

        return null;
    }

    private async Task<AttemptOutcome?> AcknowledgeAsync(StreamRow stream, TelemetryBatch batch, TelemetryAck ack, CancellationToken ct)
    {
        IntentSeen(ack.IntentVersion);
        clock.Hear(ack.ServerTime);
        if (ack.Epoch != stream.Epoch)
        {
            return AttemptOutcome.HistoryDiffers($"Stream {stream.Epoch} was sent and stream {ack.Epoch} acknowledged.");
        }

        switch (streams.Acknowledge(ack, options.AcknowledgedRetention, time.GetMicroseconds()))
        {
            case AckEffect.Diverged:
                return await recovery.RecoverAsync(stream.Epoch, ct);
            case AckEffect.Unmoved:
                return AttemptOutcome.HistoryDiffers($"Numbers to {batch.Last} were sent and {ack.Watermark} acknowledged.");
            default:
                Progress(stream, batch, ack);
                return AttemptOutcome.Success;
        }
    }

    private void Progress(StreamRow stream, TelemetryBatch batch, TelemetryAck ack)
    {
        var tries = TriesOf(stream.Epoch);
        tries.Conflicts = 0;
        (tries.SetAside, tries.HasWaited) = batch.ReadingCount > 0 ? (0, false) : (tries.SetAside, tries.HasWaited);
        tries.Split = tries.Split is { } split && ack.Watermark >= split.Until ? null : tries.Split;
        counters.CountAcknowledged(ack.Watermark - stream.Acked);
        if (!stream.Live && ack.Watermark >= stream.Head)
        {
            _tries.Remove(stream.Epoch);
        }

        if (stream.Live && ack.Watermark >= stream.Head)
        {
            _caughtUpAt = time.GetTimestamp();
        }
        else if (stream.Live && liveStreams.BeginAnew(options.LivePendingMax, entropy, time.GetMicroseconds()) is { } live)
        {
            _caughtUpAt = time.GetTimestamp();
            syncLog.Write("telemetry", "live-stream", FormattableString.Invariant(
                $"{stream.Head - ack.Watermark} readings of stream {stream.Epoch} wait; new ones go to stream {live}, and that one drains beside it."));
            LogLiveStream(stream.Epoch, stream.Head - ack.Watermark, live);
        }

        if (ack.Refused.Count > 0)
        {
            syncLog.Write("telemetry", "refused", FormattableString.Invariant(
                $"{ack.Refused.Count} readings of {batch.First} to {batch.Last} were refused, the first for {Words.Of(ack.Refused[0].Reason)}; they are dead letters now."));
        }
    }

    private async Task<AttemptOutcome?> LearnAsync(StreamRow stream, TelemetryBatch batch, NextEntries entries, AttemptOutcome outcome, CancellationToken ct)
    {
        if (outcome.Problem is not { } problem)
        {
            return outcome;
        }

        if (problem.Code == ProblemTypes.DigestMismatch.Code)
        {
            return await recovery.RecoverAsync(stream.Epoch, ct);
        }

        if (problem.Code == ProblemTypes.SequenceHole.Code)
        {
            return problem is { Watermark: { } watermark, Digest: { } digest } ? await ResumeAsync(stream, watermark, digest, ct) : await recovery.RecoverAsync(stream.Epoch, ct);
        }

        if (problem.Code == ProblemTypes.ContentMismatch.Code)
        {
            return MendAltered(stream, batch.Last) ? null : SplitOrSetAside(stream, batch, entries, outcome);
        }

        return problem.Code == ProblemTypes.MalformedBody.Code || problem.Code == ProblemTypes.Validation.Code || problem.Code == ProblemTypes.BodyTooLarge.Code
            ? SplitOrSetAside(stream, batch, entries, outcome)
            : outcome;
    }

    // The control plane has less than it acknowledged: it was restored. Where its history is the device's own, the device goes back to it; of
    // what retention has deleted the device keeps no digests, so there the control plane's word stands.
    private async Task<AttemptOutcome?> ResumeAsync(StreamRow stream, long watermark, Digest digest, CancellationToken ct)
    {
        if (watermark < stream.Acked && (watermark < stream.RetainedAfter || streams.Matches(stream.Epoch, watermark, digest)))
        {
            streams.Rewind(stream.Epoch, watermark, digest);
            syncLog.Write("telemetry", "resumed", FormattableString.Invariant(
                $"The control plane has stream {stream.Epoch} only to {watermark}, not to {stream.Acked}; sending again from there."));
            LogResumed(stream.Epoch, watermark, stream.Acked);
            return null;
        }

        return await recovery.RecoverAsync(stream.Epoch, ct);
    }

    private bool MendAltered(StreamRow stream, long last)
    {
        var found = damage.Check(stream.Epoch, last, time.GetMicroseconds());
        if (found is { Mended: 0, Corrupt: 0 })
        {
            return false;
        }

        syncLog.Write("telemetry", "altered", FormattableString.Invariant(
            $"Of stream {stream.Epoch}, {stream.Acked + 1} to {last}: {found.Corrupt} rows were altered in the file and set aside, {found.Mended} digests mended."));
        LogAltered(stream.Epoch, found.Corrupt, found.Mended);
        return true;
    }

    private AttemptOutcome? SplitOrSetAside(StreamRow stream, TelemetryBatch batch, NextEntries entries, AttemptOutcome outcome)
    {
        var tries = TriesOf(stream.Epoch);
        if (entries.Items > 1)
        {
            tries.Split = new Split(Math.Max(batch.Last, tries.Split?.Until ?? 0), entries.Items / 2);
            return null;
        }

        if (batch.ReadingCount == 0)
        {
            return outcome with { Action = ProblemAction.Drop };
        }

        if (tries.SetAside >= SetAsideInARowMax && !tries.HasWaited)
        {
            tries.HasWaited = true;
            return outcome with { Action = ProblemAction.Drop, RetryAfter = SyncDecision.Doubled(options.BackoffMax, tries.SetAside - SetAsideInARowMax) };
        }

        tries.SetAside++;
        tries.HasWaited = false;
        damage.SetAsideRefused(stream.Epoch, batch.First, batch.DigestAfter, outcome.Error ?? outcome.Code, time.GetMicroseconds());
        syncLog.Write("telemetry", "set-aside", FormattableString.Invariant($"Reading {batch.First} of stream {stream.Epoch} was refused ({outcome.Code}); it is a dead letter now."));
        LogSetAside(batch.First, stream.Epoch, outcome.Code);
        return null;
    }

    // The rows that are gone may have arrived and only the answer been lost; then the digests of those after them are the control plane's too, and stay.
    private async Task<AttemptOutcome?> LearnMissingAsync(StreamRow stream, CancellationToken ct)
    {
        var attempt = await recovery.FindAsync(stream, ct);
        if (attempt.Answer is not { } common)
        {
            return attempt.Outcome;
        }

        if (common.Watermark > stream.Acked)
        {
            recovery.Apply(stream, common);
            return null;
        }

        var last = damage.DeclareMissing(stream.Epoch, time.GetMicroseconds());
        syncLog.Write("telemetry", "missing", FormattableString.Invariant($"Readings {stream.Acked + 1} to {last} of stream {stream.Epoch} are gone from the file; declared as corrupt."));
        LogMissing(stream.Acked + 1, last, stream.Epoch);
        return null;
    }

    // Age is since the stream was last sent in full: recorded_at may be any time a sensor gives.
    private Lane LaneOf(StreamRow stream)
    {
        _caughtUpAt ??= stream.Pending <= options.BatchReadingsMax ? time.GetTimestamp() : long.MinValue;
        var isLate = _caughtUpAt == long.MinValue || time.GetElapsedTime(_caughtUpAt.Value) > BacklogIntervals * settings.SyncInterval;
        return stream.Live && !isLate ? Lane.Live : Lane.Backlog;
    }

    private StreamTries TriesOf(Epoch epoch)
    {
        if (!_tries.TryGetValue(epoch, out var tries))
        {
            _tries.Add(epoch, tries = new StreamTries());
        }

        return tries;
    }

    private static AttemptOutcome? CountConflict(StreamTries tries, AttemptOutcome? outcome, AttemptOutcome whenTooMany) =>
        outcome is null && ++tries.Conflicts > ConflictsInARowMax ? whenTooMany : outcome;

    private sealed record Split(long Until, int ItemsMax);

    /// <summary>What was tried of a stream since it last went well.</summary>
    private sealed class StreamTries
    {
        public Split? Split { get; set; }

        public long LastFirst { get; set; }

        public int Conflicts { get; set; }

        public int SetAside { get; set; }

        public bool HasWaited { get; set; }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The control plane has stream {Epoch} only to {Watermark}, not to {Acknowledged}; sending again from there")]
    private partial void LogResumed(Epoch epoch, long watermark, long acknowledged);

    [LoggerMessage(Level = LogLevel.Error, Message = "Stream {Epoch}: {Corrupt} rows were altered in the file and set aside, {Mended} digests mended")]
    private partial void LogAltered(Epoch epoch, int corrupt, int mended);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reading {Number} of stream {Epoch} was refused as a whole batch ({Code}) and set aside")]
    private partial void LogSetAside(long number, Epoch epoch, string code);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stream {Epoch} has a backlog of {Pending} readings; new ones go to stream {Live}")]
    private partial void LogLiveStream(Epoch epoch, long pending, Epoch live);

    [LoggerMessage(Level = LogLevel.Error, Message = "Readings {First} to {Last} of stream {Epoch} are gone from the file")]
    private partial void LogMissing(long first, long last, Epoch epoch);
}
