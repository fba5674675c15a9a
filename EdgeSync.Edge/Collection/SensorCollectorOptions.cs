namespace EdgeSync.Edge;

/// <summary>How readings of several sensors are gathered into transactions.</summary>
public sealed record SensorCollectorOptions
{
    /// <summary>How long the first reading waits for company before it is stored; 0 stores what is there. Up to 10 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Readings in one transaction, 1 to 10,000.</summary>
    public int ReadingsMax { get; init; } = 500;

    /// <summary>Readings that may wait; a sensor that reports more has to wait for room. 1 to 100,000.</summary>
    public int QueueMax { get; init; } = 4096;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Window, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Window, TimeSpan.FromSeconds(10));
        ArgumentOutOfRangeException.ThrowIfLessThan(ReadingsMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ReadingsMax, 10_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(QueueMax, 100_000);
    }
}
