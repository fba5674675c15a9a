using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>What a virtual device's sensors measure: reading <c>index</c> of a device, from synthetic signals or a recording.</summary>
internal abstract class Signal
{
    /// <summary>The readings of one moment: one for each sensor.</summary>
    /// <param name="device">The device's number.</param>
    /// <param name="index">How many moments came before in this run.</param>
    /// <param name="recordedAt">Microseconds since 1970.</param>
    public abstract IReadOnlyList<Reading> At(int device, long index, long recordedAt);
}

/// <summary>A temperature that swings with the day and with noise, and now and then a status with a JSON payload; a pure function of seed, device and index.</summary>
internal sealed class SyntheticSignal(int seed) : Signal
{
    private const int StatusEvery = 20;

    public override IReadOnlyList<Reading> At(int device, long index, long recordedAt)
    {
        var noise = new Random(HashCode(seed, device, index)).NextDouble();
        var value = 20 + 5 * Math.Sin((index + device * 37) / 60.0) + noise;
        return index % StatusEvery == StatusEvery - 1
            ? [new Reading("status", recordedAt, null, string.Create(CultureInfo.InvariantCulture, $$"""{"uptime": {{index}}, "load": {{noise:F3}}, "note": "größer ✓"}"""))]
            : [new Reading("temperature", recordedAt, value)];
    }

    // System.HashCode differs from process to process.
    private static int HashCode(int seed, int device, long index) => unchecked((int)((seed * 1_000_003L + device) * 1_000_003L + index));
}

/// <summary>Real recordings: each device begins at another row, a row a moment.</summary>
internal sealed class RecordedSignal(Recording recording) : Signal
{
    // Coprime to most lengths, so that devices spread over the recording.
    private const long Stride = 7_919;

    public override IReadOnlyList<Reading> At(int device, long index, long recordedAt)
    {
        var row = recording.Rows[(int)((device * Stride + index) % recording.Rows.Count)];
        return [.. recording.Sensors.Select((sensor, column) => new Reading(sensor, recordedAt, row[column])).Where(reading => reading.Value is not null)];
    }
}
