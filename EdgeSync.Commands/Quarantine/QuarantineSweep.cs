using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Stops devices whose identity two machines have used at once. Any number of instances may do so at once.</summary>
internal sealed partial class QuarantineSweep(
    QuarantineStore proofs, DeviceStateStore devices, CommandsMetrics metrics, IOptions<CommandsOptions> options, TimeProvider time, ILogger<QuarantineSweep> log)
    : PeriodicWork(options.Value.QuarantineSweepInterval, "Devices whose identity was copied could not be quarantined", time, log)
{
    private const int DevicesMax = 100;

    // Proofs become visible later than their time says: longer than any transaction takes and clocks differ.
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private long _since;

    /// <summary>Quarantines whom there is proof of; how many it was.</summary>
    public async Task<int> SweepAsync(CancellationToken ct)
    {
        var now = Time.GetMicroseconds();
        var proven = await proofs.ProvenAsync(_since, DevicesMax, ct);
        var quarantined = 0;
        foreach (var clone in proven)
        {
            var reason = $"Two machines have used its identity at once, found out at {Microseconds.ToTime(clone.ProvenAt):O}.";
            if (await devices.QuarantineAsync(clone.Device, clone.ProvenAt, reason, now, ct))
            {
                quarantined++;
                metrics.Quarantined();
                LogQuarantined(clone.Device);
            }
        }

        // The first look after a start reads every proof there is; when there is more than one look handles, the next goes on with the same.
        _since = proven.Count < DevicesMax ? now - (long)Window.TotalMicroseconds : _since;
        return quarantined;
    }

    protected override Task RoundAsync(CancellationToken ct) => SweepAsync(ct);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Device {Device} is quarantined: two machines have used its identity at once. Find out which is the device, revoke what was copied, and set its state to active")]
    private partial void LogQuarantined(DeviceId device);
}
