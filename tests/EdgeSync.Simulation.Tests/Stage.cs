using EdgeSync.EdgeSimulator;

[assembly: AssemblyFixture(typeof(EdgeSync.Simulation.Tests.Stage))]

namespace EdgeSync.Simulation.Tests;

/// <summary>What all worlds of this process share.</summary>
public sealed class Stage : IAsyncLifetime
{
    private WorldStage? _stage;

    internal SimulationRun Run => new(_stage!);

    public async ValueTask InitializeAsync() => _stage = await WorldStage.SetAsync();

    public ValueTask DisposeAsync()
    {
        _stage?.Dispose();
        return ValueTask.CompletedTask;
    }
}
