using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>
/// Wakes the devices that wait here for what another instance has committed: one query per instance and interval, never one per device. It reads the last moments again and
/// again, because changes do not become visible in the order of their times, and each second a window that is longer than any transaction takes; a version heard of already wakes nobody.
/// A change that falls out of the window or beyond the limit reaches its device with the next acknowledgement.
/// </summary>
internal sealed class HintPoll(
    HintStore hints, DeviceSignals signals, IOptions<CommandsOptions> options, TimeProvider time, ILogger<HintPoll> log)
    : PeriodicWork(options.Value.HintPollInterval, "Changes made by other instances could not be read", time, log)
{
    private const int HintsMax = 10_000;

    // What is read ten times a second is read a hundred times where all of the window is. Most transactions take milliseconds.
    private static readonly TimeSpan Moments = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WindowEvery = TimeSpan.FromSeconds(1);

    private long? _windowAt;

    public async Task PollAsync(CancellationToken cancellationToken)
    {
        if (signals.WaitingDevices == 0)
        {
            return;
        }

        var begunAt = Time.GetTimestamp();
        var isWhole = _windowAt is not { } last || Time.GetElapsedTime(last, begunAt) >= WindowEvery;
        var since = Time.GetMicroseconds() - (long)(isWhole ? options.Value.HintWindow : Moments).TotalMicroseconds;
        foreach (var hint in await hints.ChangedSinceAsync(since, HintsMax, cancellationToken))
        {
            signals.Raise(hint);
        }

        _windowAt = isWhole ? begunAt : _windowAt;
    }

    protected override Task RoundAsync(CancellationToken ct) => PollAsync(ct);
}
