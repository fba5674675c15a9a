namespace EdgeSync.Protocol;

/// <summary>One reading of one sensor: a value, a JSON payload, or both.</summary>
/// <param name="Sensor">The sensor's name, 1 to <see cref="Limits.SensorNameBytesMax"/> bytes of UTF-8, without control characters.</param>
/// <param name="RecordedAt">When, by the device's clock: microseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="Value">A finite number, or null.</param>
/// <param name="Payload">A JSON text of at most <see cref="Limits.PayloadBytesMax"/> bytes, kept byte for byte, or null.</param>
public readonly record struct Reading(string Sensor, long RecordedAt, double? Value, string? Payload = null);
