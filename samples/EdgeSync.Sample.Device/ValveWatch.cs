using EdgeSync.Edge;
using EdgeSync.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Sample.Device;

/// <summary>A sensor that speaks for itself: a reading when something has changed, not in a rhythm.</summary>
internal sealed partial class ValveWatch(Pump pump, SensorCollector sensors, TimeProvider time, ILogger<ValveWatch> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var rhythm = new PeriodicTimer(TimeSpan.FromMilliseconds(200), time);
        var last = double.NaN;
        while (await rhythm.WaitForNextTickAsync(stoppingToken))
        {
            if (pump.Valve is var valve && valve != last && await ReportAsync(valve, stoppingToken))
            {
                last = valve;
            }
        }
    }

    /// <returns>Whether it is kept: on the disk, whatever becomes of the network and of this program.</returns>
    private async Task<bool> ReportAsync(double valve, CancellationToken ct)
    {
        try
        {
            return await sensors.ReportAsync(new Reading("pump.valve", Microseconds.From(time.GetUtcNow()), valve), ct) == ReadingRefusal.None;
        }
        catch (DeviceFullException e)
        {
            // No room, and WhenFull lets nothing go for it: this sensor asks again.
            LogFull(e.Message);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A reading of the valve was not kept: {Reason}")]
    private partial void LogFull(string reason);
}
