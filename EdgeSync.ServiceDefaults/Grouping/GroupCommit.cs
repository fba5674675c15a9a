using System.Diagnostics;
using EdgeSync.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// Writers that commit what is waiting as groups, each device always by the same one, so that its requests keep their order and two writers never wait for one
/// lock. When the service stops, what waits is committed or refused.
/// </summary>
/// <typeparam name="TRequest">What waits to be committed.</typeparam>
/// <typeparam name="TOutcome">What became of it.</typeparam>
public abstract class GroupCommit<TRequest, TOutcome> : IHostedService, IDisposable
{
    private readonly GroupWriter<TRequest, TOutcome>[] _writers;
    private readonly CancellationTokenSource _giveUp = new();
    private volatile bool _isStopping;

    /// <param name="work">Makes what each writer does.</param>
    /// <param name="limits">Writers and their queues.</param>
    /// <param name="time">What waits are measured by.</param>
    /// <param name="log">Where groups are told of that failed.</param>
    protected GroupCommit(Func<GroupWork<TRequest, TOutcome>> work, GroupLimits limits, TimeProvider time, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(limits);
        _writers = [.. Enumerable.Range(0, limits.Writers).Select(_ => new GroupWriter<TRequest, TOutcome>(work(), limits, time, log, _giveUp.Token))];
    }

    /// <summary>Nothing is taken any more.</summary>
    protected bool IsStopping => _isStopping;

    /// <summary>Begins to commit; what was queued before is the first group.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var writer in _writers)
        {
            writer.Start();
        }

        return Task.CompletedTask;
    }

    /// <summary>Commits what waits; once cancelled, refuses it.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        await using (cancellationToken.Register(_giveUp.Cancel))
        {
            await Task.WhenAll(_writers.Select(writer => writer.DrainAsync()));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _giveUp.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Requests that wait for each writer.</summary>
    public IEnumerable<int> Queued => _writers.Select(writer => writer.Queued);

    /// <summary>Queues a request; its outcome, or null when the device's writer has no room or the service stops. Whoever leaves does not take the request back.</summary>
    /// <param name="device">Whose it is.</param>
    /// <param name="request">The request.</param>
    /// <param name="span">Its span; null for none.</param>
    protected Task<TOutcome>? TryQueue(DeviceId device, TRequest request, Activity? span = null) =>
        _writers[(uint)device.GetHashCode() % (uint)_writers.Length].TryQueue(request, span);
}
