namespace EdgeSync.Protocol;

/// <summary>A stored reading, for operators.</summary>
/// <param name="Sensor">The sensor.</param>
/// <param name="RecordedAt">When, by the device's clock, microseconds since 1970.</param>
/// <param name="ReceivedAt">When it was stored, by the control plane's clock, microseconds since 1970.</param>
/// <param name="Epoch">Its stream.</param>
/// <param name="Number">Its number in the stream.</param>
/// <param name="Value">The number; absent for a reading that has a payload alone.</param>
/// <param name="Payload">The JSON payload as it was sent; absent for none.</param>
/// <param name="ReplayOf">The refused entry that it repeats, <c>EPOCH:NUMBER</c>; absent for none.</param>
public sealed record ReadingView(
    string Sensor, long RecordedAt, long ReceivedAt, Epoch Epoch, long Number, double? Value = null, JsonValue? Payload = null, string? ReplayOf = null);

/// <summary>What the values of one sensor were in a span of the device's time. Readings without a value are left out, and so are spans without readings.</summary>
/// <param name="Sensor">The sensor.</param>
/// <param name="Start">The span's beginning, microseconds since 1970; it ends before the start of the next.</param>
/// <param name="Count">Readings, 1 or more.</param>
/// <param name="Min">The least value.</param>
/// <param name="Max">The greatest value.</param>
/// <param name="Avg">The mean of the values.</param>
/// <param name="Last">The value of the last reading, by the device's time.</param>
/// <param name="LastAt">That reading's time, microseconds since 1970.</param>
public sealed record TelemetryBucket(string Sensor, long Start, long Count, double Min, double Max, double Avg, double Last, long LastAt);
