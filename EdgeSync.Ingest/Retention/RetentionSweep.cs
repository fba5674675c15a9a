using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>
/// Looks for expired readings from time to time, stream after stream, and deletes them gently. Any number of instances may do so at once: a block is ended
/// under its device's lock, by whoever comes first.
/// </summary>
internal sealed partial class RetentionSweep(
    RetentionStore store, IOptions<IngestOptions> options, IngestMetrics metrics, TimeProvider time, ILogger<RetentionSweep> log)
    : PeriodicWork(options.Value.RetentionInterval, "Expired readings could not be deleted", time, log)
{
    private const int StreamsPerLook = 100;

    /// <summary>Deletes everything that has expired by now; returns how many readings.</summary>
    public async Task<long> SweepAsync(CancellationToken ct)
    {
        if (options.Value.Retention is not { } retention)
        {
            return 0;
        }

        var cutoff = Time.GetMicroseconds() - (long)retention.TotalMicroseconds;
        var deleted = 0L;
        var after = default(StreamKey);
        while (await store.DueAsync(after, cutoff, StreamsPerLook, ct) is { Count: > 0 } due)
        {
            foreach (var stream in due)
            {
                while (await store.ExpireBlockAsync(stream, cutoff, ct) is { } readings)
                {
                    deleted += readings;
                    metrics.Expired(readings);
                    await Task.Delay(TimeSpan.FromSeconds((double)readings / options.Value.RetentionRowsPerSecond), Time, ct);
                }
            }

            after = due[^1];
        }

        return deleted;
    }

    protected override async Task RoundAsync(CancellationToken ct)
    {
        if (await SweepAsync(ct) is > 0 and var deleted)
        {
            LogExpired(deleted);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Readings} readings have expired and were deleted")]
    private partial void LogExpired(long readings);
}
