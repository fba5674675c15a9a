using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>
/// A file that went back in time (docs/protocol.md): finds the last number where both chains agree, by asking for up to 64 digests at a time,
/// and gives everything after it new numbers in a new stream.
/// </summary>
internal sealed partial class StreamRecovery(
    ControlPlaneClient client, StreamStore streams, RollbackStore rollback, SyncLogStore syncLog, DeviceId device, Entropy entropy, TimeProvider time, ILogger logger)
{
    private const int RoundsMax = 32;

    /// <summary>Recovers the stream.</summary>
    /// <returns>Why it could not; null when it is done.</returns>
    public async Task<AttemptOutcome?> RecoverAsync(Epoch epoch, CancellationToken ct)
    {
        var stream = streams.Read(epoch);
        var search = new RecoverySearch(stream.Head, DigestChain.Origin(device, epoch));
        for (var round = 0; round < RoundsMax; round++)
        {
            var positions = search.NextPositions(number => streams.LastKnownAtOrBelow(epoch, number), hint: stream.Acked);
            if (positions.Count == 0)
            {
                break;
            }

            var attempt = await client.QueryDigestsAsync(new DigestQuery(epoch, positions), ct);
            if (attempt.Answer is not { } answer)
            {
                return attempt.Outcome;
            }

            search.Learn(answer, (number, digest) => streams.Matches(epoch, number, digest));
        }

        var recovered = rollback.CloseAt(epoch, search.Equal, search.EqualDigest, entropy, time.GetMicroseconds());
        syncLog.Write("telemetry", "rolled-back", FormattableString.Invariant(
            $"The file was older than what the control plane has: stream {epoch} ends at {search.Equal}, its {recovered.Moved} later entries go on in stream {recovered.Epoch}."));
        LogRecovered(epoch, search.Equal, recovered.Moved, recovered.Epoch);
        return null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The device's file was rolled back: stream {Epoch} ends at {Position}, its {Moved} later entries go on in stream {NewEpoch}")]
    private partial void LogRecovered(Epoch epoch, long position, long moved, Epoch newEpoch);
}
