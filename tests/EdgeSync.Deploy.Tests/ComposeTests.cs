using System.ComponentModel;
using System.Diagnostics;

namespace EdgeSync.Deploy.Tests;

/// <summary>The Compose files are whole, without an engine.</summary>
public sealed class ComposeTests(PkiFolder pki) : IClassFixture<PkiFolder>
{
    private const string Compose = "compose.yaml";
    private const string Trial = "trial.yaml";

    [Theory]
    [InlineData(Compose)]
    [InlineData(Compose, Trial)]
    public void The_files_hold_every_rule(params string[] files)
    {
        var broken = ComposeRules.Check(DeployFiles.Repository, files);

        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    /// <summary>What is broken, what stands there instead, and a part of the sentence.</summary>
    public static TheoryData<string, string, string, string> Faults => new()
    {
        { "unknown field", "  stop_grace_period: 5m", "  stop_grace_periods: 5m", "crdb-0: 'stop_grace_periods' is not known" },
        { "unknown field of a service", "    command: [migrate]", "    command: [migrate]\n    comand: [migrate]", "compose.yaml: migrate: 'comand' is not known" },
        { "waits for nobody", "migrate: { condition", "migration: { condition", "grants: it waits for migration" },
        { "missing secret", "secrets: [issuing.pem]", "secrets: [issuing.key]", "commands: there is no secret issuing.key" },
        { "missing volume", "certs-ingest:/certs:ro", "certs-ingst:/certs:ro", "ingest: there is no volume and no path certs-ingst" },
        { "missing path", "../database:/sql", "../databases:/sql", "init: there is no volume and no path ../databases" },
        { "unknown setting", "Gateway__DevicePort", "Gateway__DevicesPort", "gateway: Gateway__DevicesPort is no setting of edgesync/gateway" },
        { "image that nobody builds", "edgesync/commands:0.1.0", "edgesync/command:0.1.0", "commands: nobody builds the image edgesync/command:0.1.0" },
        { "wrong port", "http://ingest:5102", "http://ingest:5103", "gateway: it is told of ingest:5103, which listens at 5101, 5102" },
        { "wrong host", "http://gateway:8081", "http://gatewy:8081", "ingest: it is told of gatewy:8081, but there is no service gatewy" },
        { "no network for both", "networks: [database, services]", "networks: [database]", "ingest: it is told of gateway:8081, but no network has both" },
        { "file that is not mounted", "/run/secrets/receipts.key", "/run/secrets/receipts.pk", "ingest: it is told of /run/secrets/receipts.pk, but nothing is mounted there" },
        { "certificate that nobody makes", "root edgesync_migrate edgesync_ingest", "root edgesync_ingest", "migrate: 'prepare' makes no /certs/client.edgesync_migrate.crt" },
        { "published to everybody", "127.0.0.1:8080:8080", "8080:8080", "crdb-0: port 8080 is published to everybody" },
        { "root", "  user: \"1654:1654\"\n  restart", "  user: \"0:0\"\n  restart", "gateway: user must be a number above 0" },
        { "writable", "  read_only: true", "  read_only: false", "otel-collector: read_only must be true" },
        { "no time to end", "stop_grace_period: 40s", "stop_grace_period: 10s", "ingest: stop_grace_period must be 35 s or more" },
        { "no limit", "  mem_limit: 2g\n", "", "ingest: mem_limit is missing" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_broken_copy_is_found(string fault, string old, string next, string sentence)
    {
        var broken = ComposeRules.Check(DeployFiles.Repository.With($"{ComposeFile.Folder}/{Compose}", old, next), Compose);

        Assert.True(broken.Any(found => found.Contains(sentence, StringComparison.Ordinal)), $"{fault} was not found as '{sentence}', but as: {string.Join('\n', broken)}");
    }

    [Theory]
    [InlineData("production", "gateway", Compose)]
    [InlineData("production", "ingest", Compose)]
    [InlineData("production", "commands", Compose)]
    [InlineData("development", "gateway", Compose, Trial)]
    [InlineData("development", "commands", Compose, Trial)]
    public void A_service_would_start(string kind, string service, params string[] files)
    {
        var compose = ComposeFile.Load(DeployFiles.Repository, new Dictionary<string, string> { ["EDGESYNC_OPERATORS_AUTHORITY"] = "https://login.example/realms/fleet" }, files);
        var environment = compose.Services[service].Environment.ToDictionary(
            pair => pair.Key,
            pair => pair.Value.Replace("/run/secrets", pki.Of(kind), StringComparison.Ordinal).Replace("/etc/edgesync", pki.Of(kind), StringComparison.Ordinal));

        StartingService.Validate(service, environment);
    }

    [Theory]
    [InlineData(Compose)]
    [InlineData(Compose, Trial)]
    public async Task Compose_itself_reads_them(params string[] files)
    {
        var ct = TestContext.Current.CancellationToken;
        Process compose;
        try
        {
            compose = Process.Start(new ProcessStartInfo("docker-compose", [.. files.SelectMany(file => new[] { "-f", Path.Combine(DeployFiles.Root, ComposeFile.Folder, file) }), "config", "--quiet"]) { RedirectStandardError = true })!;
        }
        catch (Win32Exception) when (Environment.GetEnvironmentVariable("EDGESYNC_REQUIRE_COMPOSE") != "1")
        {
            Assert.Skip("No docker-compose is installed here (apt-get install docker-compose).");
            throw;
        }

        using (compose)
        {
            var errors = await compose.StandardError.ReadToEndAsync(ct);
            await compose.WaitForExitAsync(ct);
            Assert.True(compose.ExitCode == 0, errors);
        }
    }
}
