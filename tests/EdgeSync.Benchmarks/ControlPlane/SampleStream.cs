using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>A device's stream, which goes on from one measurement to the next: five sensors in turn, a reading a second.</summary>
internal sealed class SampleStream(Random random)
{
    public static readonly List<string> Sensors = ["temperature", "pressure", "humidity", "vibration", "battery-voltage"];

    private long _recordedAt = 1_795_500_000_000_000 + random.NextInt64(1_000_000);

    public DeviceId Device { get; } = NewDevice(random);

    public Epoch Epoch { get; } = new(random.NextInt64(1, long.MaxValue));

    /// <summary>The number of the last reading.</summary>
    public long Last { get; private set; }

    public Reading Next()
    {
        _recordedAt += 1_000_000;
        return new Reading(Sensors[(int)(Last++ % Sensors.Count)], _recordedAt, Math.Round(20 + 5 * random.NextDouble(), 2));
    }

    public static int IndexOf(string sensor) => Sensors.IndexOf(sensor);

    public static SampleStream[] Many(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => new SampleStream(random))];
    }

    private static DeviceId NewDevice(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new DeviceId(new Guid(bytes));
    }
}
