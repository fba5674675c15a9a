using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeSync.ServiceDefaults;

/// <summary>Work on the database that is done again at each interval, or at once when it is woken. A round that the database refuses is a line in the log, and the next interval's to do.</summary>
/// <param name="interval">From one round to the next.</param>
/// <param name="failure">What a failed round means, the beginning of its line in the log.</param>
/// <param name="time">What intervals are measured by.</param>
/// <param name="log">Where failed rounds are told.</param>
public abstract partial class PeriodicWork(TimeSpan interval, string failure, TimeProvider time, ILogger log) : BackgroundService
{
    private static readonly TimeSpan TellAgainAfter = TimeSpan.FromMinutes(1);

    // Named, so that the generated methods find it.
    private readonly ILogger _log = log;
    private volatile TaskCompletionSource _woken = NewSource();
    private long? _toldAt;

    /// <summary>What intervals are measured by.</summary>
    protected TimeProvider Time { get; } = time;

    /// <summary>Begins a round now, or after the one that runs: there is something to do.</summary>
    public void Wake() => _woken.TrySetResult();

    /// <summary>One round.</summary>
    protected abstract Task RoundAsync(CancellationToken ct);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    /// <summary>The rounds, on the caller's context: a host begins them on a thread of its own.</summary>
    internal async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, Time);
        var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
        while (true)
        {
            if (await Task.WhenAny(tick, _woken.Task) != tick)
            {
                // What wakes before this line is seen by the round that follows, what wakes later gets its own.
                _woken = NewSource();
            }
            else if (await tick)
            {
                tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            }
            else
            {
                return;
            }

            try
            {
                await RoundAsync(stoppingToken);
                TellWorks();
            }
            catch (DbException e)
            {
                TellFailed(e);
            }
        }
    }

    // A round may be due ten times a second: while it fails, a line a minute says so.
    private void TellFailed(DbException error)
    {
        if (_toldAt is not { } told || Time.GetElapsedTime(told) >= TellAgainAfter)
        {
            _toldAt = Time.GetTimestamp();
            LogFailed(error, failure);
        }
    }

    private void TellWorks()
    {
        if (_toldAt is not null)
        {
            _toldAt = null;
            LogWorks(failure);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Failure}; trying again at the next interval")]
    private partial void LogFailed(Exception error, string failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Failure}: that is over")]
    private partial void LogWorks(string failure);
}
