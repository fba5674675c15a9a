namespace EdgeSync.EdgeSimulator;

/// <summary>How bad the network is.</summary>
internal enum FaultLevel
{
    None,
    Flaky,
    Hostile,
}

/// <summary>The chances of a network's faults, each 0 to 1 a request.</summary>
/// <param name="LatencyMax">Added to each request, evenly from zero.</param>
/// <param name="DropBefore">The request never reaches the server.</param>
/// <param name="DropAfter">The server does the work; its answer is lost.</param>
/// <param name="Duplicate">The request arrives twice.</param>
/// <param name="OnlineMean">How long a device stays online, on average; zero for always.</param>
/// <param name="OfflineMean">How long it stays offline, on average.</param>
internal sealed record FaultProfile(TimeSpan LatencyMax, double DropBefore, double DropAfter, double Duplicate, TimeSpan OnlineMean, TimeSpan OfflineMean)
{
    public static FaultProfile For(FaultLevel level) => level switch
    {
        FaultLevel.Flaky => new FaultProfile(TimeSpan.FromMilliseconds(200), 0.05, 0.05, 0.05, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(4)),
        FaultLevel.Hostile => new FaultProfile(TimeSpan.FromMilliseconds(500), 0.12, 0.12, 0.12, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(4)),
        _ => new FaultProfile(TimeSpan.Zero, 0, 0, 0, TimeSpan.Zero, TimeSpan.Zero),
    };
}
