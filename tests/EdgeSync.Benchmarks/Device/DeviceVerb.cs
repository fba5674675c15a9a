using System.CommandLine;

namespace EdgeSync.Benchmarks;

/// <summary><c>device</c>: what a device costs its own machine.</summary>
internal static class DeviceVerb
{
    public static Task<int> InvokeAsync(string[] args)
    {
        var devices = new Option<int>("--devices") { Description = "devices in this process", DefaultValueFactory = _ => 300, HelpName = "N" };
        devices.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 10 or > 5_000)
            {
                result.AddError("--devices takes 10 to 5000: each takes three file descriptors.");
            }
        });
        var root = new RootCommand("Measures what a device costs its own machine: its file, its memory, storing, an idle pass of the agent, and an upload. The control plane is in memory.") { devices };
        root.SetAction(async (parsed, ct) =>
        {
            await Console.Out.WriteAsync(await new DeviceBenchmark(parsed.GetValue(devices)).RunAsync(ct));
            return 0;
        });
        return root.Parse(args).InvokeAsync();
    }
}
