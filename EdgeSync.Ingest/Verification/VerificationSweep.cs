using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>
/// Recomputes the streams from their rows, a share each time, the least recently looked at first: damage at rest is found while the device still has what is needed to mend it. Any number of
/// instances do so at once; each takes streams for itself.
/// </summary>
internal sealed partial class VerificationSweep(
    StreamCheckStore checks, StreamShareStore shares, IOptions<IngestOptions> options, IngestMetrics metrics, TimeProvider time, ILogger<VerificationSweep> log)
    : PeriodicWork(options.Value.VerificationInterval, "Streams could not be verified", time, log)
{
    private const int StreamsPerLook = 32;

    // What a block costs beside its rows, in rows: a stream of three readings is not free.
    private const int RowsLeast = 32;

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <summary>Looks at streams until the share of this time is used up, or none is due; returns how many were found to be damaged anew.</summary>
    public async Task<int> SweepAsync(CancellationToken ct)
    {
        var (left, found) = (options.Value.VerificationRows, 0);
        while (left > 0)
        {
            var now = Time.GetMicroseconds();
            var claimed = await checks.ClaimAsync(
                now, now - (long)options.Value.VerificationAge.TotalMicroseconds, now + (long)Lease.TotalMicroseconds, StreamsPerLook, ct);
            if (claimed.Count == 0)
            {
                break;
            }

            var looked = new List<StreamShare>(claimed.Count);
            foreach (var (key, verifiedTo) in claimed)
            {
                // What is left is shared out evenly, so that a long stream does not keep the others waiting.
                var blocks = Math.Max(0, left) / (claimed.Count - looked.Count) / Limits.CheckpointInterval;
                var share = await shares.CheckAsync(key, verifiedTo, blocks, ct);
                looked.Add(share);
                var rows = (int)share.Whole.Concat(share.Damaged).Sum(block => Math.Min(block.Count(), Limits.CheckpointInterval));
                metrics.Verified(rows);
                left -= Math.Max(rows, RowsLeast);
            }

            foreach (var (key, damage) in await checks.SaveAsync(looked, Time.GetMicroseconds(), ct))
            {
                metrics.Damaged();
                LogDamaged(key.Device, key.Epoch, damage.From, damage.To);
                found++;
            }

            foreach (var (key, mended) in looked.SelectMany(share => share.Mended.Select(mended => (share.Key, mended))))
            {
                metrics.Repaired(1);
                LogMended(key.Device, key.Epoch, mended.Number);
            }
        }

        return found;
    }

    protected override Task RoundAsync(CancellationToken ct) => SweepAsync(ct);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stream {Epoch} of device {Device} is damaged between {From} and {To}: its rows do not end in the digest that was acknowledged. Its device is asked to verify and repair it")]
    private partial void LogDamaged(DeviceId device, Epoch epoch, long from, long to);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The digest at {Number} of stream {Epoch} of device {Device} was damaged; the rows on both sides of it say what it was, and it was mended")]
    private partial void LogMended(DeviceId device, Epoch epoch, long number);
}
