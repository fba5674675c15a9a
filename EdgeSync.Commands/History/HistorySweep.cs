using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Deletes history beyond its retention once an hour, where the database does not do it itself. Any number of instances may do so at once.</summary>
internal sealed partial class HistorySweep(
    HistoryStore store, ControlPlaneDatabase database, DatabaseOptions options, TimeProvider time, ILogger<HistorySweep> log)
    : PeriodicWork(Interval, "History could not be deleted", time, log)
{
    private const int DevicesPerTransaction = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private const int CertificatesPerTransaction = 1_000;
    private const int BatchesPerTransaction = 100;

    /// <summary>Deletes all that is due; returns how many rows.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken) =>
        await SweepAccessAsync(cancellationToken) + await SweepHistoryAsync(cancellationToken);

    // Nobody enrols or renews by what ended so long ago.
    private async Task<int> SweepAccessAsync(CancellationToken cancellationToken)
    {
        var cutoff = Time.GetMicroseconds() - (long)RevocationStore.KeptAfterEnd.TotalMicroseconds;
        var total = 0;
        while (true)
        {
            var (tokens, certificates) = await store.ForgetAccessAsync(cutoff, CertificatesPerTransaction, cancellationToken);
            total += tokens + certificates;
            if (certificates < CertificatesPerTransaction)
            {
                return total;
            }
        }
    }

    private async Task<int> SweepHistoryAsync(CancellationToken cancellationToken)
    {
        if (options.HistoryRetention is not { } retention)
        {
            return 0;
        }

        var cutoff = Time.GetMicroseconds() - (long)retention.TotalMicroseconds;
        var total = 0;
        if (database.Kind is not DatabaseKind.CockroachDb)
        {
            total += await SweepDevicesAsync(cutoff, cancellationToken);
        }

        // A rollout is old when it has been over for so long, whenever it was made, and a batch when none of its commands is left: no database that deletes by age knows that.
        while (await store.ForgetRolloutAsync(cutoff, cancellationToken) is > 0 and var deleted)
        {
            total += deleted;
        }

        while (true)
        {
            var batches = await store.ForgetBatchesAsync(cutoff, BatchesPerTransaction, cancellationToken);
            total += batches;
            if (batches < BatchesPerTransaction)
            {
                return total;
            }
        }
    }

    private async Task<int> SweepDevicesAsync(long cutoff, CancellationToken cancellationToken)
    {
        var total = 0;
        for (DeviceId? after = default(DeviceId); after is { } device;)
        {
            (var deleted, after) = await store.ForgetAsync(device, DevicesPerTransaction, cutoff, cancellationToken);
            total += deleted;
        }

        return total;
    }

    protected override async Task RoundAsync(CancellationToken ct)
    {
        if (await SweepAsync(ct) is > 0 and var deleted)
        {
            LogDeleted(deleted);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Rows} rows of what is long over were deleted")]
    private partial void LogDeleted(int rows);
}
