using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;

namespace EdgeSync.EdgeSimulator;

/// <summary>What the simulator starts itself with: one service, or a part of the fleet, until its standard input closes.</summary>
internal static class ChildVerbs
{
    public static Command Service()
    {
        var name = new Argument<string>("name");
        name.AcceptOnlyFromAmong([.. ControlPlaneSettings.Services]);
        var settings = new Option<string>("--settings") { Required = true };
        var verb = new Command("service", "One service of the embedded control plane; started by the simulator itself") { name, settings };
        verb.Hidden = true;
        verb.SetAction(async (parsed, ct) =>
        {
            await using var app = ServiceHost.Build(parsed.GetValue(name)!, Read(parsed.GetValue(settings)!, SimulatorJson.Default.ControlPlaneSettings));
            await app.StartAsync(ct);
            await Waits.UntilEndAsync(Console.In, ct);
            await app.StopAsync(CancellationToken.None);
            return ExitCodes.Pass;
        });
        return verb;
    }

    public static Command WorkerPart(TimeProvider time)
    {
        var name = new Argument<string>("name");
        var settings = new Option<string>("--settings") { Required = true };
        var verb = new Command("worker", "A part of a fleet; started by the simulator itself") { name, settings };
        verb.Hidden = true;
        verb.SetAction(async parsed =>
        {
            var part = Read(parsed.GetValue(settings)!, SimulatorJson.Default.FleetSettings);
            var folder = new DataFolder(part.Data);
            using var telemetry = ProcessTelemetry.Start("EdgeSync.Devices");
            using var journal = new Journal(folder.Journals, parsed.GetValue(name)!, time);
            using var logs = LoggerFactory.Create(logging => logging.AddLogFile(folder.Logs, parsed.GetValue(name)!));
            await using var fleet = new Fleet(part, journal, logs, time);
            await Worker.RunAsync(fleet, Console.In, Console.Out, time);
            return ExitCodes.Pass;
        });
        return verb;
    }

    private static T Read<T>(string path, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(File.ReadAllText(path), type) ?? throw new UsageException($"{path} holds no settings.");
}
