using System.CommandLine;
using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary><c>backlog</c>: how fast one device gets rid of what it has stored.</summary>
internal static class BacklogVerb
{
    public static Task<int> InvokeAsync(string[] args)
    {
        var defaults = new BacklogSettings();
        var readings = Options.Count("--readings", "readings in the device's file", defaults.Readings, 1_000, 10_000_000);
        var batch = Options.Count("--batch", "readings in an upload", defaults.BatchReadings, 1, Limits.BatchReadingsMax);
        var limits = new Option<bool>("--no-limits") { Description = "limits of the gateway that nobody meets, in place of its own" };
        var root = new RootCommand("Drains one device's file through gateway, ingest and PostgreSQL, over mutual TLS.") { readings, batch, limits };
        root.SetAction(async (parsed, ct) =>
        {
            var settings = new BacklogSettings { Readings = parsed.GetValue(readings), BatchReadings = parsed.GetValue(batch), AsItComes = !parsed.GetValue(limits) };
            await Console.Out.WriteAsync(await BacklogBenchmark.RunAsync(settings, TimeProvider.System, Console.Error, ct));
            return 0;
        });
        return root.Parse(args).InvokeAsync();
    }
}

/// <summary>How large a run is.</summary>
internal sealed record BacklogSettings
{
    public int Readings { get; init; } = 200_000;

    public int BatchReadings { get; init; } = new Edge.EdgeDeviceOptions().BatchReadingsMax;

    /// <summary>With the gateway's own limits.</summary>
    public bool AsItComes { get; init; } = true;
}
