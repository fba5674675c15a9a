using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>How a device is, from what it said last and when. Pure.</summary>
/// <param name="lateAfter">Microseconds that a reading may wait.</param>
/// <param name="clockOffsetMax">Microseconds that a clock may be off.</param>
internal sealed class HealthRules(long lateAfter, long clockOffsetMax)
{
    public static HealthRules Of(StatusOptions options) => new((long)options.LateAfter.TotalMicroseconds, (long)options.ClockOffsetMax.TotalMicroseconds);

    public bool IsClockWrong(FleetRow row) => row.ClockOffsetUs is { } offset && Math.Abs(offset) > clockOffsetMax;

    /// <param name="row">The device.</param>
    /// <param name="isDamaged">Whether rows of it do not fit what was acknowledged.</param>
    /// <param name="now">Microseconds since 1970.</param>
    public DeviceHealth Of(FleetRow row, bool isDamaged, long now) =>
        row.DeviceState is not DeviceState.Active ? DeviceHealth.Stopped
        : row.LastSeenAt is not { } seen ? DeviceHealth.Unseen
        : Silence.Is(seen, row.IntervalMs, now) ? DeviceHealth.Silent
        : row.Reason is not (null or Heartbeat.ReasonOk or Heartbeat.ReasonPaused) ? DeviceHealth.Failing
        // By the control plane's clock when the device's is known to be off.
        : row.Reason is not Heartbeat.ReasonPaused && row.OldestPendingAt is { } oldest && now + (row.ClockOffsetUs ?? 0) - oldest > lateAfter ? DeviceHealth.Late
        // Nothing is wrong with one that is paused, and somebody should remember.
        : row.DeadLetters > 0 || isDamaged || IsClockWrong(row) || row.Reason is Heartbeat.ReasonPaused ? DeviceHealth.Attention
        : DeviceHealth.Ok;
}
