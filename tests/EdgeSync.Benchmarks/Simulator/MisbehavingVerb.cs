using System.CommandLine;
using System.Globalization;
using EdgeSync.EdgeSimulator;

namespace EdgeSync.Benchmarks;

/// <summary><c>misbehaving</c>: what one device that floods the gateway costs the others of its fleet.</summary>
internal static class MisbehavingVerb
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    public static Task<int> InvokeAsync(string[] args)
    {
        var devices = Count("--devices", "devices of the fleet", 200);
        var seconds = Count("--seconds", "how long a run works", 20);
        var repetitions = Count("--repetitions", "pairs of runs, one without and one with the flood; a short one before them warms up", 3);
        var root = new RootCommand("Runs the simulator's fleet in turn without and with one device that posts batches at 100 times its rate, and compares the sync latency of the others.") { devices, seconds, repetitions };
        root.SetAction(async (parsed, ct) =>
        {
            var options = new RunOptions { Devices = parsed.GetValue(devices), Duration = TimeSpan.FromSeconds(parsed.GetValue(seconds)), SyncInterval = TimeSpan.FromSeconds(1) };
            await RunAsync(options with { Duration = WarmUp }, ct);
            var pairs = new List<(Percentiles Without, Percentiles With)>();
            for (var i = 0; i < parsed.GetValue(repetitions); i++)
            {
                pairs.Add((await RunAsync(options with { Seed = i + 1 }, ct), await RunAsync(options with { Seed = i + 1, Misbehaving = 1 }, ct)));
            }

            await Console.Out.WriteLineAsync(Markdown(pairs));
            return 0;
        });
        return root.Parse(args).InvokeAsync();
    }

    // A folder of its own for each: a fleet that goes on has more to read each time.
    private static async Task<Percentiles> RunAsync(RunOptions options, CancellationToken ct)
    {
        var folder = new DataFolder(Directory.CreateTempSubdirectory("edgesync-misbehaving-").FullName);
        try
        {
            var report = (await new Runner(options, folder.Create(), new PlainView(TextWriter.Null), TimeProvider.System).RunAsync(ct)).Report;
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{options.Misbehaving} misbehaving, {options.Duration.TotalSeconds} s: {report.Verdict}, {report.RecordsPerSecond} readings/s, sync p50 {report.SyncLatencyMs.P50} ms, p99 {report.SyncLatencyMs.P99} ms"));
            return report.Verdict == "pass"
                ? report.SyncLatencyMs
                : throw new InvalidOperationException($"A run failed, and its numbers mean nothing: {string.Join("; ", report.Differences)}");
        }
        finally
        {
            Directory.Delete(folder.Root, recursive: true);
        }
    }

    private static string Markdown(List<(Percentiles Without, Percentiles With)> pairs)
    {
        var rows = new (string Name, Func<Percentiles, double> Of)[] { ("p50", latency => latency.P50), ("p95", latency => latency.P95), ("p99", latency => latency.P99) };
        return string.Join('\n', rows.Select(row => string.Create(
            CultureInfo.InvariantCulture,
            $"| {row.Name} | {Median(pairs, pair => row.Of(pair.Without)):F0} | {Median(pairs, pair => row.Of(pair.With)):F0} | {Median(pairs, pair => row.Of(pair.With) / row.Of(pair.Without)):F2} | {string.Join(", ", pairs.Select(pair => (row.Of(pair.With) / row.Of(pair.Without)).ToString("F2", CultureInfo.InvariantCulture)))} |"))
            .Prepend("|---|---|---|---|---|")
            .Prepend("| sync latency of the others | ms without | ms with a flood | growth | of each pair |"));
    }

    private static double Median(List<(Percentiles Without, Percentiles With)> pairs, Func<(Percentiles Without, Percentiles With), double> value)
    {
        var sorted = pairs.Select(value).Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static Option<int> Count(string name, string description, int defaultValue) => Options.Count(name, description, defaultValue, 1, RunOptions.InProcessDevicesMax);
}
