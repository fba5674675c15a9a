using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EdgeSync.EdgeSimulator;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>
/// Each document as a reader follows it: its blocks marked <c>sh run</c>, from top to bottom, in one shell at the repository's root. What is different: the programs are those that were built with this test,
/// fleets and times are small, ports are free ones, and what is written goes to a folder that is removed.
/// </summary>
public sealed partial class DocumentExamplesTests
{
    // They have a test that has the device and the conflict which they speak of.
    private static readonly string[] Elsewhere = ["operators.md", "alerts.md"];

    private static readonly TimeSpan LongestTime = TimeSpan.FromMinutes(2);

    private static string Root { get; } = FindRoot();

    public static TheoryData<string> Documents() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Append(Path.Combine(Root, "README.md"))
            .Where(path => !Elsewhere.Contains(Path.GetFileName(path)) && Block().IsMatch(File.ReadAllText(path))).Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Every_block_works_by_copy_and_paste(string document)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The examples are for a POSIX shell.");

        var (exitCode, output) = await RunAsync(string.Concat(Block().Matches(await File.ReadAllTextAsync(Path.Combine(Root, document), TestContext.Current.CancellationToken)).Select(match => match.Groups["text"].Value)));

        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task A_block_that_fails_would_be_seen()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The examples are for a POSIX shell.");

        var (exitCode, output) = await RunAsync("sleep 1000 &\nls README.md\nls no-such-file\necho never\n");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("README.md", output, StringComparison.Ordinal);
        Assert.DoesNotContain("never", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dotnet run -c Release --project EdgeSync.EdgeSimulator -- run --devices 20 --duration 20s", "EdgeSync.EdgeSimulator.dll run --devices 4 --duration 1s")]
    [InlineData("dotnet run --project EdgeSync.EdgeSimulator\n", "EdgeSync.EdgeSimulator.dll run --devices 4 --duration 1s\n")]
    [InlineData("dotnet run --project samples/EdgeSync.Sample.Device > pump.log &", "EdgeSync.Sample.Device.dll > pump.log &")]
    [InlineData("dotnet run --project EdgeSync.EdgeSimulator -- simulate --seeds 1..10000", "EdgeSync.EdgeSimulator.dll simulate --seeds 1..1")]
    public void Programs_are_the_built_ones_and_small(string command, string expected) => Assert.EndsWith(expected, Fit(command, 1, 2), StringComparison.Ordinal);

    private static async Task<(int ExitCode, string Output)> RunAsync(string blocks)
    {
        var folder = Directory.CreateTempSubdirectory("edgesync-examples-");
        var links = Directory.EnumerateFileSystemEntries(Root).Where(entry => !Path.GetFileName(entry).StartsWith('.')).Select(entry => (Link: Path.Combine(folder.FullName, Path.GetFileName(entry)), entry)).ToList();
        links.ForEach(link => File.CreateSymbolicLink(link.Link, link.entry));

        // What was started in the background ends with the shell.
        var ports = FreePorts.Take(2);
        var outcome = await RunAsync(folder.FullName, $"set -euxo pipefail\ntrap 'kill $(jobs -p) 2> /dev/null || true; wait' EXIT\n{Fit(blocks, ports[0], ports[1])}");

        // Never through a link.
        links.ForEach(link => File.Delete(link.Link));
        folder.Delete(recursive: true);
        return outcome;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string folder, string script)
    {
        var output = new StringBuilder();
        using var shell = new Process { StartInfo = new ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true } };
        shell.OutputDataReceived += Keep;
        shell.ErrorDataReceived += Keep;
        shell.Start();
        shell.BeginOutputReadLine();
        shell.BeginErrorReadLine();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(LongestTime);
        try
        {
            await shell.WaitForExitAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            shell.Kill(entireProcessTree: true);
            return (-1, $"It did not end within {LongestTime}.\n{output}");
        }

        return (shell.ExitCode, output.ToString());

        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }
        }
    }

    private static string Fit(string blocks, int devicePort, int operatorPort)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        blocks = Program().Replace(blocks, match =>
        {
            var project = match.Groups["project"].Value;
            var isBare = !match.Groups["arguments"].Success && project == "EdgeSync.EdgeSimulator";
            return $"dotnet {Path.Combine(Root, project, "bin", configuration, "net10.0", Path.GetFileName(project))}.dll{(isBare ? " run --devices 4 --duration 1s" : match.Groups["arguments"].Success ? " " : "")}";
        });
        blocks = Devices().Replace(blocks, "--devices 4");
        blocks = Duration().Replace(blocks, "--duration 1s");
        blocks = Seeds().Replace(blocks, match => $"--seeds {match.Groups["first"].Value}..{match.Groups["first"].Value}");
        return blocks.Replace("8443", devicePort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("8444", operatorPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EdgeSync.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds EdgeSync.sln. Run the tests inside the repository.");
    }

    [GeneratedRegex(@"^(?<indent> *)```sh run\n(?<text>.*?)^\k<indent>```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"dotnet run (-c Release )?--project (?<project>\S+)(?<arguments> -- )?")]
    private static partial Regex Program();

    [GeneratedRegex(@"--devices \d+")]
    private static partial Regex Devices();

    [GeneratedRegex(@"--duration \w+")]
    private static partial Regex Duration();

    [GeneratedRegex(@"--seeds (?<first>\d+)\.\.\d+")]
    private static partial Regex Seeds();
}
