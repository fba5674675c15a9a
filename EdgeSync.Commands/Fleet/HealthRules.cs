using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>How a device is, from what it said last and when. Pure.</summary>
/// <param name="lateAfter">Microseconds that a reading may wait.</param>
/// <param name="clockOffsetMax">Microseconds that a clock may be off.</param>
internal sealed class HealthRules(long lateAfter, long clockOffsetMax)
{
    /// <summary>As long as a device does not say how often it tells.</summary>
    private const long IntervalMillisecondsUsual = 30_000;

    /// <summary>One heartbeat may be lost, and one late; Ingest's status of one device counts the same.</summary>
    private const int IntervalsMax = 3;

    private const string Syncing = "ok";

    // An operator holds its telemetry back: nothing is wrong with it, and somebody should remember.
    private const string Paused = "paused";

    public static HealthRules Of(StatusOptions options) => new((long)options.LateAfter.TotalMicroseconds, (long)options.ClockOffsetMax.TotalMicroseconds);

    public bool IsClockWrong(FleetRow row) => row.ClockOffsetUs is { } offset && Math.Abs(offset) > clockOffsetMax;

    /// <param name="row">The device.</param>
    /// <param name="isDamaged">Whether rows of it do not fit what was acknowledged.</param>
    /// <param name="now">Microseconds since 1970.</param>
    public DeviceHealth Of(FleetRow row, bool isDamaged, long now) =>
        row.DeviceState is not DeviceState.Active ? DeviceHealth.Stopped
        : row.LastSeenAt is not { } seen ? DeviceHealth.Unseen
        : now - seen > IntervalsMax * 1_000 * (row.IntervalMs ?? IntervalMillisecondsUsual) ? DeviceHealth.Silent
        : row.Reason is not (null or Syncing or Paused) ? DeviceHealth.Failing
        // By the control plane's clock when the device's is known to be off.
        : row.Reason is not Paused && row.OldestPendingAt is { } oldest && now + (row.ClockOffsetUs ?? 0) - oldest > lateAfter ? DeviceHealth.Late
        : row.DeadLetters > 0 || isDamaged || IsClockWrong(row) || row.Reason is Paused ? DeviceHealth.Attention
        : DeviceHealth.Ok;
}
