using System.Data.Common;
using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>
/// Looks for expired readings from time to time, stream after stream, and deletes them gently. Any number of instances may do so at once: a block is ended
/// under its device's lock, by whoever comes first.
/// </summary>
internal sealed partial class RetentionSweep(RetentionStore store, IOptions<IngestOptions> options, IngestMetrics metrics, TimeProvider time, ILogger<RetentionSweep> log) : BackgroundService
{
    private const int StreamsPerLook = 100;

    /// <summary>Deletes everything that has expired by now; returns how many readings.</summary>
    public async Task<long> SweepAsync(CancellationToken ct)
    {
        if (options.Value.Retention is not { } retention)
        {
            return 0;
        }

        var cutoff = time.GetMicroseconds() - (long)retention.TotalMicroseconds;
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
                    await Task.Delay(TimeSpan.FromSeconds((double)readings / options.Value.RetentionRowsPerSecond), time, ct);
                }
            }

            after = due[^1];
        }

        return deleted;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Retention is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.RetentionInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await SweepAsync(stoppingToken) is > 0 and var deleted)
                {
                    LogExpired(deleted);
                }
            }
            catch (DbException e)
            {
                LogFailed(e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Readings} readings have expired and were deleted")]
    private partial void LogExpired(long readings);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired readings could not be deleted; trying again at the next interval")]
    private partial void LogFailed(Exception error);
}
