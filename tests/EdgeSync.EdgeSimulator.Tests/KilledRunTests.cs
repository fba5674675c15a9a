using System.Diagnostics;
using System.Text.Json;
using EdgeSync.Testing;

namespace EdgeSync.EdgeSimulator.Tests;

public sealed class KilledRunTests : IDisposable
{
    private const int AcknowledgedMin = 100;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    private readonly DirectoryInfo _directory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"edgesync-killed-{Guid.NewGuid():N}"));

    private DataFolder Folder => new(Path.Combine(_directory.FullName, "data"));

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_run_that_was_killed_is_continued_by_the_next_and_nothing_is_lost(string database)
    {
        if (database == "postgres")
        {
            TestServer.RequirePostgres();
        }

        await RunAndKillAsync(database);
        var report = Path.Combine(_directory.FullName, "report.json");

        var exitCode = await CommandLine.InvokeAsync([.. Arguments("1s", database), "--report", report], TimeProvider.System, Console.Error);

        Assert.Equal(ExitCodes.Pass, exitCode);
        var counts = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken));
        Assert.True(counts.GetProperty("stored").GetInt64() > AcknowledgedMin, counts.ToString());
        Assert.All(["lost", "duplicated", "altered", "pending", "extraStreams"], name => Assert.Equal(0, counts.GetProperty(name).GetInt64()));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private string[] Arguments(string duration, string database) =>
        ["run", "--devices", "4", "--rate", "20", "--sync-interval", "300ms", "--commands-per-minute", "600", "--duration", duration, "--database", database, "--data", Folder.Root, "--no-live"];

    private async Task RunAndKillAsync(string database)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(CommandLine).Assembly.Location);
        Arguments("1h", database).ToList().ForEach(start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var began = TimeProvider.System.GetTimestamp();
            while (CountAcknowledged() < AcknowledgedMin)
            {
                Assert.False(process.HasExited, process.HasExited ? $"The run ended by itself: {await output}{await errors}" : null);
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Within, "The run produced nothing.");
                await Task.Delay(Every, TimeProvider.System, TestContext.Current.CancellationToken);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.DoesNotContain("verdict", await output + await errors, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
        }
    }

    private int CountAcknowledged() => !Directory.Exists(Folder.Journals) ? 0 : Directory.EnumerateFiles(Folder.Journals)
        .Sum(path =>
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd().Split('\n').Count(line => line.StartsWith('A'));
        });
}
