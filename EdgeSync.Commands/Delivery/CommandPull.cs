using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>Hands waiting commands to a device, at once or as soon as there is one.</summary>
internal sealed class CommandPull(DeliveryCommit commit, DeviceSignals signals, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>A <see cref="LeaseOutcome"/>, or <see cref="NotTaken"/>.</summary>
    public async Task<DeliveryOutcome> PullAsync(DeviceId device, DeviceRun? run, TimeSpan wait, CancellationToken cancellationToken)
    {
        var begunAt = time.GetTimestamp();
        using var waiter = wait > TimeSpan.Zero ? signals.Subscribe(device) : null;
        if (waiter is null && wait > TimeSpan.Zero)
        {
            return NotTaken.TooManyWait;
        }

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var outcome = await commit.WriteAsync(new PullRequest(device, run), cancellationToken);
        while (outcome is LeaseOutcome { Delivery: { Commands: [], More: false } } && waiter is { IsEnded: false } && !lifetime.ApplicationStopping.IsCancellationRequested)
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
            outcome = await commit.WriteAsync(new PullRequest(device, null), cancellationToken);
        }

        return outcome;
    }
}
