namespace EdgeSync.Benchmarks;

/// <summary>How large a run is.</summary>
internal sealed record SystemSettings
{
    public int Devices { get; init; } = 2_000;

    public int Repetitions { get; init; } = 3;

    public int InFlight { get; init; } = 800;

    /// <summary>Of one measurement; slower ones take a part of it.</summary>
    public int Readings { get; init; } = 600_000;
}
