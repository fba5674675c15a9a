using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Commits what operators and devices want of commands as groups. What it counts, it counts after the commit.</summary>
internal sealed class DeliveryCommit(
    DeliveryStore store, DatabaseOptions kind, IOptions<CommandsOptions> options, CommandsMetrics metrics, TimeProvider time, ILogger<DeliveryCommit> log)
    : GroupCommit<CommandRequest, DeliveryOutcome>(() => new DeliveryWork(store, options.Value, metrics), options.Value.ToLimits(kind.IsServer), time, log)
{
    /// <summary>Queues a request and waits for its outcome. A caller that leaves does not take its request back.</summary>
    public async Task<DeliveryOutcome> WriteAsync(CommandRequest request, CancellationToken ct)
    {
        if (request is PullRequest pull && !kind.IsServer && await store.LookAsync(pull, ct) is { } idle)
        {
            return idle;
        }

        if (TryQueue(request.Device, request) is not { } queued)
        {
            return IsStopping ? NotTaken.Stopping : NotTaken.QueueFull;
        }

        var outcome = await queued.WaitAsync(ct);
        metrics.Committed(outcome);
        return outcome;
    }
}
