using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>Keys, tokens and enrolment secrets are in no log of a whole run, nor anywhere else but in their own files.</summary>
public sealed class SecretsTests : IDisposable
{
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-secrets-");

    private DataFolder Folder => new(Path.Combine(_directory.FullName, "data"));

    private string Report => Path.Combine(_directory.FullName, "report.json");

    [Fact]
    public async Task No_log_of_a_run_holds_a_key_a_token_or_a_secret()
    {
        await RunAsync(LogLevel.Information, "--workers", "1", "--faults", "flaky");

        // A service that has nothing to say at this level has no file.
        RequireNone("worker-0.log");
    }

    [Fact]
    public async Task Nor_do_those_of_services_and_workers_apart_that_are_killed_and_say_all_that_they_can()
    {
        await RunAsync(LogLevel.Trace, "--faults", "hostile");

        RequireNone("gateway.log", "ingest.log", "commands.log", "worker-0.log", "worker-1.log");
        Assert.Contains(" VRB ", ReadLog("gateway.log"), StringComparison.Ordinal);
        Assert.Contains(" DBG Microsoft.AspNetCore", ReadLog("commands.log"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("issuing.pem", "PEM")]
    [InlineData("gateway.key", "PEM")]
    [InlineData("gateway-next.key", "PEM")]
    [InlineData("token-keys/1.pem", "PEM")]
    [InlineData("operators.key", "last line")]
    [InlineData("operators.key", "hex")]
    [InlineData("token-keys/1.pem", "JSON Web Key")]
    public void A_key_that_was_written_is_found(string file, string clothes)
    {
        using var pki = DevelopmentPki.OpenOrCreate(Folder.Create().Pki, TimeProvider.System);
        var pem = File.ReadAllText(Path.Combine(Folder.Pki, file));
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        var number = key.ExportParameters(includePrivateParameters: true).D!;

        RequireFound(
            clothes switch
            {
                "PEM" => pem,
                "last line" => pem.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^2],
                "hex" => Convert.ToHexString(number),
                _ => $$"""{"kty":"EC","d":"{{System.Buffers.Text.Base64Url.EncodeToString(number)}}"}""",
            },
            Path.Combine(Folder.Logs, "gateway.log"));
    }

    [Theory]
    [InlineData("logs/gateway.err", true)]
    [InlineData("logs/worker-0.log", true)]
    [InlineData("control-plane/edgesync.db", false)]
    public void So_are_tokens_and_the_enrolment_secret_in_logs_and_the_secret_everywhere(string file, bool isLog)
    {
        using var pki = DevelopmentPki.OpenOrCreate(Folder.Create().Pki, TimeProvider.System);
        var secret = System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        SecretFile.Write(Path.Combine(Folder.Logs, "worker-0.json"), $$"""{"enrolmentSecret":"{{secret}}"}""");

        RequireFound(secret, Path.Combine(Folder.Root, file));
        if (isLog)
        {
            RequireFound(pki.OperatorToken(["fleet.read"], TimeSpan.FromHours(1)), Path.Combine(Folder.Root, file));
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private void RequireFound(string planted, string path)
    {
        var text = File.Exists(path) ? File.ReadAllText(path) : "";
        Assert.Empty(new SecretSearch(Folder, null).Find());
        File.WriteAllText(path, text + $"2030-01-01T00:00:00.000Z INF Somebody: says {planted} and more\n");

        var found = new SecretSearch(Folder, null).Find();

        Assert.NotEmpty(found);
        Assert.All(found, sentence => Assert.StartsWith(Path.GetFileName(path), sentence, StringComparison.Ordinal));
        File.WriteAllText(path, text);
    }

    private void RequireNone(params string[] logs)
    {
        var search = new SecretSearch(Folder, Report);

        Assert.Superset(logs.ToHashSet(), search.Logs.Select(Path.GetFileName).ToHashSet()!);
        // Six of the PKI, and one of each device.
        Assert.Equal(6 + 4, search.Keys);
        Assert.NotEqual(0, search.Secrets);
        Assert.Empty(search.Find());
        if (!OperatingSystem.IsWindows())
        {
            foreach (var path in search.Settings.Concat(search.KeyFiles()))
            {
                Assert.Equal((path, OwnerAlone), (path, File.GetUnixFileMode(path)));
            }
        }
    }

    // A process of its own: the level of the log comes from its environment.
    private async Task RunAsync(LogLevel level, params string[] more)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[LogFile.LevelVariable] = $"{level}";
        string[] arguments =
        [
            typeof(CommandLine).Assembly.Location, "run", "--devices", "4", "--duration", "12s", "--rate", "5", "--sync-interval", "500ms", "--certificate-lifetime", "10s",
            "--commands-per-minute", "120", "--config-writes-per-minute", "120", "--seed", "3", "--data", Folder.Root, "--report", Report, "--no-live", .. more,
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == ExitCodes.Pass, await output + await errors);
        }
        finally
        {
            process.Kill();
        }

        var report = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(Report, TestContext.Current.CancellationToken));
        Assert.True(report.GetProperty("certificateRenewals").GetInt64() > 0, report.ToString());
    }

    private string ReadLog(string name) => File.ReadAllText(Path.Combine(Folder.Logs, name));
}
