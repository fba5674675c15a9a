using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>Hands waiting commands to a device, at once or as soon as there is one.</summary>
internal sealed class CommandPull(DeliveryStore store, DeviceSignals signals, CommandsMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>Null when too many devices wait already.</summary>
    public async Task<CommandDelivery?> PullAsync(DeviceId device, Epoch? epoch, TimeSpan wait, CancellationToken cancellationToken)
    {
        var deadline = time.GetUtcNow() + wait;
        using var waiter = wait > TimeSpan.Zero ? signals.Subscribe(device) : null;
        if (waiter is null && wait > TimeSpan.Zero)
        {
            return null;
        }

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var delivery = await LeaseAsync(device, epoch, cancellationToken);
        while (delivery is { Commands: [], More: false } && waiter is { IsEnded: false } && !lifetime.ApplicationStopping.IsCancellationRequested)
        {
            var left = deadline - time.GetUtcNow();
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

            // The epoch was judged at the beginning: a device that begins a new one while it waits must not be judged by the old one.
            delivery = await LeaseAsync(device, epoch: null, cancellationToken);
        }

        return delivery;
    }

    private async Task<CommandDelivery> LeaseAsync(DeviceId device, Epoch? epoch, CancellationToken cancellationToken)
    {
        var outcome = await store.LeaseAsync(device, epoch, time.GetMicroseconds(), cancellationToken);
        metrics.Stepped(outcome.Steps);
        metrics.Sent(outcome.Delivery.Commands.Count);
        return outcome.Delivery;
    }
}
