using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands.Tests;

/// <summary>Each commit's answer is lost here, and the work is run again. The host compares outcomes and rows of both runs when it ends.</summary>
public abstract class RepeatedWriteTests(ContractDatabase on)
{
    private static readonly string Writer = ConfigWriters.Device(new Epoch(7));

    [Fact]
    public async Task A_commands_life_is_lived_once()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        var cancelled = await device.CreateAsync();
        await host.Operator.SendAsync<CommandView>(HttpMethod.Post, $"{device.CommandsPath}/{cancelled.Id}/cancel", new CancelCommand("superseded"));

        var sent = Assert.Single((await device.PullAsync()).Commands);
        var receipt = await device.ReceiveAsync(command.Id);
        var result = await device.CompleteAsync(command.Id);

        Assert.Equal((command.Id, 1), (sent.Id, sent.Attempt));
        Assert.Equal((ReceiptVerdict.Run, CommandState.Succeeded), (receipt.Verdict, result.State));
        Assert.Equal(2, await host.CountAsync("SELECT intent_version FROM device_hints"));
        Assert.Equal(CommandState.Cancelled, (await device.ViewAsync(cancelled.Id)).State);
    }

    [Fact]
    public async Task A_command_with_a_key_is_created_once()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        using var created = await host.Operator.SendAsync(HttpMethod.Post, device.CommandsPath, new CreateCommand("ping", IdempotencyKey: "deploy-7"));

        Assert.Equal(System.Net.HttpStatusCode.Created, created.StatusCode);
        Assert.Equal((1, 1), (await host.CountAsync("SELECT COUNT(*) FROM commands"), await host.CountAsync("SELECT intent_version FROM device_hints")));
    }

    [Fact]
    public async Task A_pull_leases_the_same_commands_again_and_not_the_next_ones()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        for (var i = 0; i < Limits.CommandPullMax + 2; i++)
        {
            await device.CreateAsync();
        }

        var first = await device.PullAsync();

        Assert.Equal((Limits.CommandPullMax, true), (first.Commands.Count, first.More));
        Assert.Equal(Limits.CommandPullMax, await host.CountAsync("SELECT COUNT(*) FROM commands WHERE state = 'leased' AND attempts = 1"));
    }

    [Fact]
    public async Task A_sweep_ends_leases_and_commands_once()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var (one, two) = (await host.RegisterAsync(), await host.RegisterAsync("11111111-3a52-4c8e-9d0a-2f1f6c1b7a10"));
        foreach (var device in new[] { one, two })
        {
            await device.CreateAsync();
            await device.CreateAsync(expiresInSeconds: 20);
            await device.PullAsync();
        }

        host.Time.Advance(TimeSpan.FromSeconds(30));
        var outcome = await host.Get<ExpiryStore>().SweepAsync(host.Time.GetMicroseconds(), TestContext.Current.CancellationToken);

        Assert.Equal((4, false), (outcome.Steps.Count, outcome.More));
        Assert.Equal([new DeviceHint(one.Id, 3), new DeviceHint(two.Id, 3)], outcome.Woken.OrderBy(hint => hint.Device));
        Assert.Equal(2, await host.CountAsync("SELECT COUNT(*) FROM commands WHERE state = 'pending'"));
    }

    [Fact]
    public async Task A_device_that_lost_its_file_interrupts_its_commands_once()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        await device.ReceiveAsync(command.Id);

        (device.LiveEpoch, device.Boot) = (new Epoch(82), new Boot(2, 12));
        var outcome = await host.Get<DeliveryCommit>().WriteAsync(new PullRequest(device.Id, new DeviceRun(device.Boot, device.LiveEpoch)), TestContext.Current.CancellationToken);

        Assert.Equal(CommandState.Interrupted, Assert.Single(Assert.IsType<LeaseOutcome>(outcome).Steps).Command.State);
    }

    [Fact]
    public async Task A_write_of_a_version_that_was_seen_is_not_taken_by_itself()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        var first = await device.PutAsync("sampling.interval", "5", expectedVersion: 0);
        var second = await device.PutAsync("sampling.interval", "6", first.Version);
        await device.DeleteAsync("sampling.interval");

        Assert.Equal((1, 2), (first.Version, second.Version));
        Assert.Equal((3, 3), (await host.CountAsync("SELECT version FROM device_config_heads"), await host.CountAsync("SELECT intent_version FROM device_hints")));
    }

    [Fact]
    public async Task An_exchange_counts_its_writes_and_conflicts_once()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var seen = await device.PutAsync("mode", "1");
        ConfigEntry[] changes = [Written("mode"), Written("other"), Written("edgesync.owner")];
        var exchange = new ConfigExchange(device.Boot, 0, changes, [new ConfigReport("mode", seen.Entry.Vector, ConfigStatus.Applied, null)]);

        var outcome = await host.Get<ConfigExchangeStore>().ExchangeAsync(device.Id, exchange, host.Time.GetMicroseconds(), TestContext.Current.CancellationToken);

        var done = Assert.IsType<Exchanged>(outcome);
        Assert.Equal((3, 1, 4), (done.Writes, done.Logged.Count, done.Answer.Version));
        Assert.Equal(1, await host.CountAsync("SELECT COUNT(*) FROM conflict_log"));
    }

    [Fact]
    public async Task A_write_that_is_not_known_again_is_found()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        await host.Get<ControlPlaneDatabase>().WriteAsync(transaction => HintStore.BumpAsync(transaction, device.Id, 0), TestContext.Current.CancellationToken);

        Assert.Equal(["Outcomes", "Rows"], host.TakeDifferences().Select(difference => difference.Split(' ')[0]));
    }

    private static ConfigEntry Written(string key) => new(key, VersionVector.Empty.Increment(Writer), new HybridTime(1, 0), Writer, 0, new JsonValue("2"));
}

public sealed class RepeatedWriteTestsOnSqlite() : RepeatedWriteTests(ContractDatabase.DoubtfulSqlite);

public sealed class RepeatedWriteTestsOnServer() : RepeatedWriteTests(ContractDatabase.DoubtfulServer);
