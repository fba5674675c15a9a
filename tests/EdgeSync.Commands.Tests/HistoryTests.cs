using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>What is long over goes, and nothing else.</summary>
public abstract class HistoryTests(ContractDatabase on)
{
    private static readonly string Panel = ConfigWriters.Device(new Epoch(7));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Finished_commands_go_after_their_retention_and_open_ones_stay()
    {
        await using var host = await StartAsync(("Database:HistoryRetention", "7.00:00:00"));
        var device = await host.RegisterAsync();
        var old = await FinishAsync(device);
        host.Time.Advance(TimeSpan.FromDays(5));
        var recent = await FinishAsync(device);
        host.Time.Advance(TimeSpan.FromSeconds(1));
        var open = await device.CreateAsync(expiresInSeconds: 30 * 24 * 3_600);
        host.Time.Advance(TimeSpan.FromDays(3));

        Assert.Equal(1, await SweepAsync(host));
        Assert.Equal(0, await SweepAsync(host));
        var left = await host.Operator.SendAsync<Page<CommandView>>(HttpMethod.Get, device.CommandsPath);
        Assert.Equal([recent, open.Id], left.Items.Select(command => command.Id));
        // A result that comes after all is taken, and changes nothing.
        Assert.Equal(new ResultReceipt(old, Late: false), await device.CompleteAsync(old));
    }

    [Fact]
    public async Task Resolved_conflicts_go_too()
    {
        await using var host = await StartAsync(("Database:HistoryRetention", "7.00:00:00"));
        var device = await host.RegisterAsync();
        await device.PutAsync("interval", "1");
        await device.ExchangeAsync(0, [new ConfigEntry("interval", VersionVector.Empty.Increment(Panel), new HybridTime(1, 0), Panel, 0, new JsonValue("2"))]);
        Assert.Single((await device.ConflictsAsync()).Items);
        host.Time.Advance(TimeSpan.FromDays(8));

        Assert.Equal(1, await SweepAsync(host));
        Assert.Empty((await device.ConflictsAsync()).Items);
        Assert.Single((await device.DocumentAsync()).Entries);
    }

    [Fact]
    public async Task A_batch_goes_when_none_of_its_commands_is_left()
    {
        await using var host = await StartAsync(("Database:HistoryRetention", "7.00:00:00"));
        var device = await host.RegisterAsync();
        var batch = await host.Operator.SendAsync<CommandBatchView>(
            HttpMethod.Post, Routes.CommandBatches, new CreateCommandBatch("*", new CreateCommand("ping", ExpiresInSeconds: 30 * 24 * 3_600)));
        await host.CreatedAsync(batch.Id);
        host.Time.Advance(TimeSpan.FromDays(8));

        Assert.Equal(0, await SweepAsync(host));
        await device.CompleteAsync(Assert.Single((await device.PullAsync()).Commands).Id);
        host.Time.Advance(TimeSpan.FromDays(8));

        Assert.Equal(2, await SweepAsync(host));
        await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.CommandBatches}/{batch.Id}").RefusedAsync(ProblemTypes.NotFound);
    }

    [Fact]
    public async Task Without_a_retention_everything_stays()
    {
        await using var host = await StartAsync();
        var device = await host.RegisterAsync();
        await FinishAsync(device);
        host.Time.Advance(TimeSpan.FromDays(30));
        Assert.Equal(0, await SweepAsync(host));
        Assert.Equal(1, await host.CountAsync("SELECT COUNT(*) FROM commands"));
    }

    [Fact]
    public async Task Every_page_of_devices_is_looked_at()
    {
        await using var host = await StartAsync(("Database:HistoryRetention", "7.00:00:00"));
        await host.Operator.SendAsync(
            HttpMethod.Post, Routes.Devices, new DeviceRegistrations([.. Enumerable.Range(1, 120).Select(i => new DeviceRegistration(new DeviceId(new Guid(i, 0, 0, new byte[8])), $"d{i}"))]));
        await host.ExecuteAsync("""
            INSERT INTO commands (device_id, command_id, kind, payload, priority, state, created_at, expires_at, completed_at)
            SELECT device_id, device_id, 'ping', '{}', 100, 'succeeded', 0, 0, 0 FROM devices
            """);
        Assert.Equal(120, await SweepAsync(host));
    }

    [Fact]
    public async Task Tokens_and_certificates_go_30_days_after_their_end_but_for_a_devices_newest()
    {
        await using var host = await StartAsync(("Fleet:CertificateLifetime", "10.00:00:00"));
        var token = await host.CreateTokenAsync(seconds: 86_400);
        var pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
        await host.EnrolAsync(token.Secret, pump).CertificateAsync();
        host.Time.Advance(TimeSpan.FromDays(5));
        var newest = EnrolmentDriver.FingerprintOf(await host.RenewAsync(pump).CertificateAsync());

        host.Time.Advance(TimeSpan.FromDays(35));
        Assert.Equal(1, await SweepAsync(host));
        Assert.Equal((0, 2), (await host.CountAsync("SELECT COUNT(*) FROM enrolment_tokens"), await host.CountAsync("SELECT COUNT(*) FROM device_certificates")));
        host.Time.Advance(TimeSpan.FromDays(100));
        Assert.Equal(1, await SweepAsync(host));

        Assert.Equal(newest, Assert.Single(await host.CertificatesAsync(pump)).Fingerprint);
        var another = await host.CreateTokenAsync();
        await host.EnrolAsync(another.Secret, pump).RefusedAsync(ProblemTypes.EnrolmentRefused);
    }

    /// <summary>Its own sweep stands still, so that what a test's sweep deletes is its own.</summary>
    private async Task<CommandsHost> StartAsync(params (string, string)[] settings)
    {
        var host = await CommandsHost.StartAsync(on, settings);
        await host.Get<HistorySweep>().StopAsync(Ct);
        return host;
    }

    private static Task<int> SweepAsync(CommandsHost host) => host.Get<HistorySweep>().SweepAsync(Ct);

    private static async Task<CommandId> FinishAsync(DeviceDriver device)
    {
        var command = await device.CreateAsync();
        await device.PullAsync();
        await device.ReceiveAsync(command.Id);
        await device.CompleteAsync(command.Id);
        return command.Id;
    }
}

public sealed class HistoryTestsOnSqlite() : HistoryTests(ContractDatabase.Sqlite);

public sealed class HistoryTestsOnServer() : HistoryTests(ContractDatabase.Server);
