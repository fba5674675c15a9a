using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Creates the commands of batches, and cancels those of cancelled ones: at once those that this instance has taken, and at each interval what another has left.</summary>
internal sealed partial class BatchWork(
    BatchChunkStore store, SelectionStore devices, DeviceSignals signals, CommandsMetrics metrics, IOptions<CommandsOptions> options, TimeProvider time, ILogger<BatchWork> log)
    : PeriodicWork(options.Value.BatchInterval, "Commands of a batch could not be created or cancelled", time, log)
{
    private const int BatchesMax = 100;

    /// <summary>Goes on with every open batch, a chunk of each in turn, so that a large one does not keep a small one waiting.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var open = await store.OpenAsync(BatchesMax, ct);
        while (open.Count > 0)
        {
            var left = new List<CommandBatchRow>();
            foreach (var batch in open)
            {
                if (await AdvanceAsync(batch, ct) is { } next)
                {
                    left.Add(next);
                }
            }

            open = left;
        }
    }

    /// <summary>One chunk; the batch as it stands after it, null when nothing of it is left or another instance has it.</summary>
    public async Task<CommandBatchRow?> AdvanceAsync(CommandBatchRow batch, CancellationToken ct) =>
        batch.State == CommandBatchRow.Creating ? await CreateAsync(batch, ct) : await CancelAsync(batch, ct);

    protected override Task RoundAsync(CancellationToken ct) => RunAsync(ct);

    private async Task<CommandBatchRow?> CreateAsync(CommandBatchRow batch, CancellationToken ct)
    {
        if (!LabelSelector.TryParse(batch.Selector, out var selector, out var error))
        {
            throw new InvalidOperationException($"Batch {batch.BatchId} has a selector that cannot be read: {error}");
        }

        var chunk = (await devices.ReadAsync(selector, batch.LastDevice, batch.CreatedAt, BatchChunkStore.ChunkMax, ct)).Select(device => device.Id).ToList();
        if (await store.CreateAsync(batch, chunk, Time.GetUtcNow(), ct) is not { } outcome)
        {
            return null;
        }

        foreach (var hint in outcome.Woken)
        {
            signals.Raise(hint);
        }

        metrics.Created(outcome.Created);
        metrics.Stepped(outcome.Steps);
        if (!outcome.IsLast)
        {
            return batch.After(chunk[^1]);
        }

        LogCreated(batch.BatchId);
        return null;
    }

    private async Task<CommandBatchRow?> CancelAsync(CommandBatchRow batch, CancellationToken ct)
    {
        var outcome = await store.CancelAsync(batch, Time.GetMicroseconds(), ct);
        metrics.Stepped(outcome.Steps);
        if (!outcome.IsLast)
        {
            return batch;
        }

        LogCancelled(batch.BatchId);
        return null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Every device of batch {Batch} has its command")]
    private partial void LogCreated(BatchId batch);

    [LoggerMessage(Level = LogLevel.Information, Message = "Batch {Batch} was cancelled, and so was each of its commands that had no end")]
    private partial void LogCancelled(BatchId batch);
}
