using System.CommandLine;
using EdgeSync.EdgeSimulator;

namespace EdgeSync.Benchmarks;

/// <summary><c>delivery</c>: how soon a command is on its device, and what waiting costs.</summary>
internal static class DeliveryVerb
{
    public static Task<int> InvokeAsync(string[] args)
    {
        var defaults = new DeliverySettings();
        var devices = Count("--devices", "devices that wait on an event stream", defaults.Devices);
        var samples = Count("--samples", "commands that are timed one after the other, through each instance", defaults.Samples);
        var queued = Count("--queued", "commands that wait for one device", defaults.Queued);
        var rate = Count("--rate", "commands a second across the fleet", defaults.Rate);
        var seconds = Count("--seconds", "how long", (int)defaults.RateFor.TotalSeconds);
        var root = new RootCommand("Measures the delivery of commands by two instances over a PostgreSQL of their own.") { devices, samples, queued, rate, seconds };
        root.SetAction(async (parsed, ct) =>
        {
            var settings = new DeliverySettings
            {
                Devices = parsed.GetValue(devices),
                Samples = parsed.GetValue(samples),
                Queued = parsed.GetValue(queued),
                Rate = parsed.GetValue(rate),
                RateFor = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            };
            await Console.Out.WriteAsync(await DeliveryBenchmark.RunAsync(settings, TimeProvider.System, Console.Error, ct));
            return 0;
        });
        return root.Parse(args).InvokeAsync();
    }

    private static Option<int> Count(string name, string description, int defaultValue) => Options.Count(name, description, defaultValue, 1, int.MaxValue);
}

/// <summary>How large a run is.</summary>
internal sealed record DeliverySettings
{
    public int Devices { get; init; } = 10_000;

    public int Samples { get; init; } = 300;

    public int Queued { get; init; } = 10_000;

    public int Rate { get; init; } = 1_000;

    public TimeSpan RateFor { get; init; } = TimeSpan.FromSeconds(20);
}
