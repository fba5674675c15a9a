using System.CommandLine;
using EdgeSync.EdgeSimulator;

namespace EdgeSync.Benchmarks;

/// <summary><c>connect</c>: what it costs when enrolled devices come back, and when they are there.</summary>
internal static class ConnectVerb
{
    // Each takes a file descriptor here and in the gateway.
    private const int DevicesMax = 16_000;

    public static Task<int> InvokeAsync(string[] args)
    {
        var defaults = new ConnectSettings();
        var devices = Options.Count("--devices", "devices of each repetition", defaults.Devices, 1, DevicesMax);
        var atOnce = Options.Count("--at-once", "devices that connect at a time", defaults.AtOnce, 1, DevicesMax);
        var repetitions = Options.Count("--repetitions", "repetitions that are counted; a short one before them warms up", defaults.Repetitions, 1, 100);
        var idle = Options.Count("--idle-seconds", "how long the devices are then idle", defaults.IdleSeconds, 1, 3_600);
        var root = new RootCommand("Connects enrolled devices over mutual TLS, to a server that has nothing behind it and to the control plane, where each gets a token and has a batch acknowledged; then measures what they cost when idle.")
        {
            devices, atOnce, repetitions, idle,
        };
        root.SetAction(async (parsed, ct) =>
        {
            var settings = new ConnectSettings
            {
                Devices = parsed.GetValue(devices),
                AtOnce = parsed.GetValue(atOnce),
                Repetitions = parsed.GetValue(repetitions),
                IdleSeconds = parsed.GetValue(idle),
            };
            await Console.Out.WriteAsync(await ConnectBenchmark.RunAsync(settings, TimeProvider.System, Console.Error, ct));
            return 0;
        });
        return root.Parse(args).InvokeAsync();
    }
}
