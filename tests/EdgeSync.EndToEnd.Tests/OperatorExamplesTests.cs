using System.Diagnostics;
using System.Text.RegularExpressions;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>docs/operators.md, then docs/alerts.md, as a reader follows them: every block in a shell, with curl, against a real gateway.</summary>
public sealed partial class OperatorExamplesTests(Site site) : IClassFixture<Site>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_example_works_by_copy_and_paste()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The examples are for a POSIX shell with curl.");
        var device = await site.AddDeviceAsync();
        device.Device.Config.Set("pump.mode", new JsonValue("\"eco\""));
        await site.Operators.SetConfigAsync(device, "pump.mode", "\"boost\"");
        device.Start();
        await device.DrainAsync();
        var blocks = new List<string>();
        foreach (var document in new[] { "operators.md", "alerts.md" })
        {
            blocks.AddRange(Block().Matches(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, document), Ct)).Select(match => match.Groups["text"].Value));
        }

        var (exitCode, output) = await RunAsync("set -euo pipefail\n" + string.Join('\n', blocks));

        Assert.True(exitCode == 0, output);
        Assert.InRange(blocks.Count, 10, 100);
        // The conflict of this device was found and decided, so the last blocks did something.
        Assert.Contains("the panel was right", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_example_would_be_seen()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The examples are for a POSIX shell with curl.");
        var function = Block().Match(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "operators.md"), Ct)).Groups["text"].Value;

        var (exitCode, output) = await RunAsync($"set -euo pipefail\n{function}\napi \"$EDGESYNC/v1/devices?limit=0\"\necho never");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("A limit is 1 to", output, StringComparison.Ordinal);
        Assert.DoesNotContain("never", output, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string script)
    {
        var start = new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["EDGESYNC"] = site.OperatorHttp.BaseAddress!.ToString().TrimEnd('/');
        start.Environment["CA"] = site.Pki.Files.Authority;
        start.Environment["TOKEN"] = site.Pki.OperatorToken([Access.FleetWrite], TimeSpan.FromHours(1));
        using var shell = Process.Start(start)!;
        var output = await Task.WhenAll(shell.StandardOutput.ReadToEndAsync(Ct), shell.StandardError.ReadToEndAsync(Ct));
        await shell.WaitForExitAsync(Ct);
        return (shell.ExitCode, string.Concat(output));
    }

    [GeneratedRegex(@"^```sh run\n(?<text>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
