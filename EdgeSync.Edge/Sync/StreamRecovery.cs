using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>How far the chains of device and control plane agree.</summary>
/// <param name="Watermark">How far the control plane is.</param>
/// <param name="Position">The last number where both agree.</param>
/// <param name="Digest">D(Position).</param>
/// <param name="Refused">Refused readings up to there, after the device's cursor: it never heard of them.</param>
internal sealed record CommonHistory(long Watermark, long Position, Digest Digest, IReadOnlyList<RefusedReading> Refused);

/// <summary>
/// Histories that differ (docs/protocol.md): finds the last number where both chains agree, by asking for up to 64 digests at a time. If that is all
/// that the control plane has, it is acknowledged; otherwise the file went back in time, and everything after it gets new numbers in a new stream.
/// </summary>
internal sealed partial class StreamRecovery(
    ControlPlaneClient client, StreamStore streams, RollbackStore rollback, SyncLogStore syncLog, EdgeDeviceOptions options, Entropy entropy, TimeProvider time, ILogger logger)
{
    private const int RoundsMax = 64;

    // A search that needs more rounds than one attempt has goes on with the next.
    private readonly Dictionary<Epoch, RecoverySearch> _unfinished = [];

    /// <summary>Recovers the stream.</summary>
    /// <returns>Why it could not; null when it is done.</returns>
    public async Task<AttemptOutcome?> RecoverAsync(Epoch epoch, CancellationToken ct)
    {
        var stream = streams.Read(epoch);
        var attempt = await FindAsync(stream, ct);
        if (attempt.Answer is not { } common)
        {
            return attempt.Outcome;
        }

        Apply(stream, common);
        return null;
    }

    /// <summary>Finds how far the chains agree.</summary>
    public async Task<Attempt<CommonHistory>> FindAsync(StreamRow stream, CancellationToken ct)
    {
        if (!_unfinished.Remove(stream.Epoch, out var search))
        {
            search = new RecoverySearch(stream.Head, DigestChain.Origin(options.Device, stream.Epoch), hint: stream.Acked);
        }

        for (var round = 0; round < RoundsMax; round++)
        {
            var positions = search.NextPositions(number => streams.LastKnownAtOrBelow(stream.Epoch, number));
            if (positions.Count == 0)
            {
                return await ConfirmAsync(stream, search, ct);
            }

            var attempt = await client.QueryDigestsAsync(new DigestQuery(stream.Epoch, positions), ct);
            if (attempt.Answer is not { } answer)
            {
                return new Attempt<CommonHistory>(null, attempt.Outcome);
            }

            search.Learn(answer, (number, digest) => streams.Matches(stream.Epoch, number, digest));
        }

        _unfinished[stream.Epoch] = search;
        return Differs($"The search for what device and control plane both have of stream {stream.Epoch} has come to {search.Equal} and goes on.");
    }

    /// <summary>Goes on from where the chains agree.</summary>
    public void Apply(StreamRow stream, CommonHistory common)
    {
        var (epoch, now) = (stream.Epoch, time.GetMicroseconds());
        if (common.Position == common.Watermark && common.Position > stream.Acked)
        {
            streams.Acknowledge(new TelemetryAck(epoch, common.Position, common.Digest, common.Refused, 0, now), options.AcknowledgedRetention, now);
            syncLog.Write("telemetry", "acknowledged-late", FormattableString.Invariant(
                $"The control plane has stream {epoch} to {common.Position}; the answer that said so was lost."));
            return;
        }

        var recovered = rollback.CloseAt(epoch, common, entropy, now);
        syncLog.Write("telemetry", "rolled-back", FormattableString.Invariant(
            $"The file was older than what the control plane has: stream {epoch} ends at {common.Position}, its {recovered.Moved} later entries go on in stream {recovered.Epoch}."));
        LogRecovered(epoch, common.Position, recovered.Moved, recovered.Epoch);
    }

    // A search may have lasted while the control plane was restored: the stream is not closed at a number that is no longer equal.
    private async Task<Attempt<CommonHistory>> ConfirmAsync(StreamRow stream, RecoverySearch search, CancellationToken ct)
    {
        var refused = new List<RefusedReading>();
        for (var after = Math.Min(stream.Acked, search.Equal); ; after = refused[^1].Number)
        {
            var attempt = await client.QueryDigestsAsync(new DigestQuery(stream.Epoch, [search.Equal], after), ct);
            if (attempt.Answer is not { } answer)
            {
                return new Attempt<CommonHistory>(null, attempt.Outcome);
            }

            if (answer.Digests is not [{ Digest: { } digest }] || digest != search.EqualDigest)
            {
                return Differs($"The control plane's history of stream {stream.Epoch} changed while it was compared.");
            }

            var page = answer.Refused.Where(reading => reading.Number > after && reading.Number <= search.Equal).OrderBy(reading => reading.Number).ToList();
            refused.AddRange(page);
            if (page.Count < Limits.DigestRefusalsMax)
            {
                return new Attempt<CommonHistory>(new CommonHistory(answer.Watermark, search.Equal, digest, refused), AttemptOutcome.Success);
            }
        }
    }

    private static Attempt<CommonHistory> Differs(string error) => new(null, AttemptOutcome.HistoryDiffers(error));

    [LoggerMessage(Level = LogLevel.Warning, Message = "The device's file was rolled back: stream {Epoch} ends at {Position}, its {Moved} later entries go on in stream {NewEpoch}")]
    private partial void LogRecovered(Epoch epoch, long position, long moved, Epoch newEpoch);
}
