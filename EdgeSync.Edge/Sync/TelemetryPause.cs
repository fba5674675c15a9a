using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Whether an operator holds telemetry back; what the file says, the telemetry lane says too.</summary>
internal sealed class TelemetryPause(SettingsStore settings, SyncLanes lanes, TimeProvider time)
{
    /// <summary>Reads it, and has the lane say it.</summary>
    /// <returns>Whether telemetry is paused.</returns>
    public bool Note()
    {
        var pausedAt = settings.PausedAt;
        lanes.NotePause(pausedAt is { } at ? lanes.Now - TimeSpan.FromMicroseconds(time.GetMicroseconds() - at) : null);
        return pausedAt is not null;
    }
}
