using System.Data.Common;
using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>
/// Wakes the devices that wait here for what another instance has committed: one query per instance and interval, never one per device. It reads a window of
/// the last seconds again and again, because changes do not become visible in the order of their times; a version heard of already wakes nobody.
/// A change that falls out of the window or beyond the limit reaches its device with the next acknowledgement.
/// </summary>
internal sealed partial class HintPoll(
    HintStore hints, DeviceSignals signals, IOptions<CommandsOptions> options, TimeProvider time, ILogger<HintPoll> log) : BackgroundService
{
    private const int HintsMax = 10_000;

    public async Task PollAsync(CancellationToken cancellationToken)
    {
        if (signals.WaitingDevices == 0)
        {
            return;
        }

        var since = time.GetMicroseconds() - (long)options.Value.HintWindow.TotalMicroseconds;
        foreach (var hint in await hints.ChangedSinceAsync(since, HintsMax, cancellationToken))
        {
            signals.Raise(hint);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.HintPollInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await PollAsync(stoppingToken);
            }
            catch (DbException e)
            {
                LogFailed(e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes made by other instances could not be read; trying again at the next interval")]
    private partial void LogFailed(Exception e);
}
