namespace EdgeSync.Gateway;

/// <summary>What one device has used. Guarded by itself.</summary>
internal sealed class DeviceBudget
{
    public TokenBucket Telemetry;
    public TokenBucket Control;
    public TokenBucket Readings;

    /// <summary>Backlog batches under way.</summary>
    public int Backlog { get; set; }

    /// <summary>It was taken out of the table; who holds it gets another.</summary>
    public bool IsEvicted { get; set; }

    /// <summary>Whether a new one would say the same.</summary>
    public bool IsFull(LimitOptions limits, long now) =>
        Backlog == 0
        && Telemetry.Available(limits.DeviceTelemetry, now) >= limits.DeviceTelemetryBurst
        && Control.Available(limits.DeviceControl, now) >= limits.DeviceControlBurst
        && Readings.Available(limits.DeviceReadings, now) >= limits.DeviceReadingsBurst;
}
