using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>
/// Wakes the devices that wait here for what another instance has committed: one query per instance and interval, never one per device. It reads a window of
/// the last seconds again and again, because changes do not become visible in the order of their times; a version heard of already wakes nobody.
/// A change that falls out of the window or beyond the limit reaches its device with the next acknowledgement.
/// </summary>
internal sealed class HintPoll(
    HintStore hints, DeviceSignals signals, IOptions<CommandsOptions> options, TimeProvider time, ILogger<HintPoll> log)
    : PeriodicWork(options.Value.HintPollInterval, "Changes made by other instances could not be read", time, log)
{
    private const int HintsMax = 10_000;

    public async Task PollAsync(CancellationToken cancellationToken)
    {
        if (signals.WaitingDevices == 0)
        {
            return;
        }

        var since = Time.GetMicroseconds() - (long)options.Value.HintWindow.TotalMicroseconds;
        foreach (var hint in await hints.ChangedSinceAsync(since, HintsMax, cancellationToken))
        {
            signals.Raise(hint);
        }
    }

    protected override Task RoundAsync(CancellationToken ct) => PollAsync(ct);
}
