using System.Text.Json;

namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>A small fleet that ran twice on one folder, as the command line runs it: real control plane, sockets, certificates and files.</summary>
public sealed class FinishedRun : IAsyncLifetime
{
    private const string Name = "finished run";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-run-");

    internal string Data => Path.Combine(_directory.FullName, "data");

    /// <summary>Exit code and report of each run.</summary>
    internal List<(int ExitCode, JsonElement Report)> Runs { get; } = [];

    public async ValueTask InitializeAsync()
    {
        for (var run = 0; run < 2; run++)
        {
            var path = Path.Combine(_directory.FullName, "reports", $"{run}.json");
            var exitCode = await CommandLine.InvokeAsync(
                [
                    "run", "--devices", "5", "--duration", "3s", "--rate", "10", "--sync-interval", "500ms", "--commands-per-minute", "300", "--config-writes-per-minute", "3000",
                    "--seed", "7", "--data", Data, "--report", path, "--no-live",
                ],
                TimeProvider.System,
                Console.Error);
            Runs.Add((exitCode, JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(path))));
        }
    }

    /// <summary>A copy of the run's folder, to damage.</summary>
    internal RunCopy Copy() => new(Data);

    public ValueTask DisposeAsync()
    {
        _directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Every class that looks at the run shares it.</summary>
    [CollectionDefinition(Name)]
    public sealed class Collected : ICollectionFixture<FinishedRun>;
}
