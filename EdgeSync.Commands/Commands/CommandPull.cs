using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>Hands waiting commands to a device, at once or as soon as there is one.</summary>
internal sealed class CommandPull(DeliveryStore store, DeviceSignals signals, CommandsMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>Null when too many devices wait already.</summary>
    public async Task<CommandDelivery?> PullAsync(DeviceId device, DeviceRun? run, TimeSpan wait, CancellationToken cancellationToken)
    {
        var begunAt = time.GetTimestamp();
        using var waiter = wait > TimeSpan.Zero ? signals.Subscribe(device) : null;
        if (waiter is null && wait > TimeSpan.Zero)
        {
            return null;
        }

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var delivery = await LeaseAsync(device, run, cancellationToken);
        while (delivery is { Commands: [], More: false } && waiter is { IsEnded: false } && !lifetime.ApplicationStopping.IsCancellationRequested)
        {
            var left = wait - time.GetElapsedTime(begunAt);
            try
            {
                if (left <= TimeSpan.Zero || !await waiter.WaitAsync(left, time, stopping.Token))
                {
                    break;
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                break;
            }

            // The run was judged at the beginning.
            delivery = await LeaseAsync(device, run: null, cancellationToken);
        }

        return delivery;
    }

    private async Task<CommandDelivery> LeaseAsync(DeviceId device, DeviceRun? run, CancellationToken cancellationToken)
    {
        var outcome = await store.LeaseAsync(device, run, time.GetMicroseconds(), cancellationToken);
        metrics.Stepped(outcome.Steps);
        metrics.Sent(outcome.Delivery.Commands.Count);
        return outcome.Delivery;
    }
}
