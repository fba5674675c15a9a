using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>A newer command takes the place of earlier ones about the same thing, as long as the device does not hold them.</summary>
public abstract class SupersedingTests(ContractDatabase on)
{
    private static readonly CreateCommand Interval = new("set-interval", new JsonValue("{\"seconds\":5}"), Supersedes: "interval");

    [Fact]
    public async Task What_the_device_does_not_hold_yet_is_cancelled_and_what_it_holds_is_left()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var held = await CreateAsync(host, device, Interval);
        await device.PullAsync();
        await device.ReceiveAsync(held.Id);
        var sent = await CreateAsync(host, device, Interval);
        await device.PullAsync();
        var waiting = await CreateAsync(host, device, Interval with { Supersedes = "other" });
        var plain = await CreateAsync(host, device, Interval with { Supersedes = null });

        var newest = await CreateAsync(host, device, Interval);

        Assert.Equal("interval", newest.Supersedes);
        Assert.Equal((CommandState.Cancelled, $"Superseded by {newest.Id}."), ((await device.ViewAsync(sent.Id)).State, (await device.ViewAsync(sent.Id)).Reason));
        foreach (var (id, state) in new[] { (held.Id, CommandState.Delivered), (waiting.Id, CommandState.Pending), (plain.Id, CommandState.Pending), (newest.Id, CommandState.Pending) })
        {
            Assert.Equal(state, (await device.ViewAsync(id)).State);
        }
    }

    [Fact]
    public async Task A_repeat_supersedes_nothing()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var keyed = Interval with { IdempotencyKey = "deploy-7" };
        var first = await CreateAsync(host, device, keyed);
        var newer = await CreateAsync(host, device, Interval);

        var again = await CreateAsync(host, device, keyed);

        Assert.Equal((first.Id, CommandState.Cancelled), (again.Id, again.State));
        Assert.Equal(CommandState.Pending, (await device.ViewAsync(newer.Id)).State);
        await host.Operator.SendAsync(HttpMethod.Post, device.CommandsPath, keyed with { Supersedes = "other" }).RefusedAsync(ProblemTypes.CommandConflict);
    }

    [Fact]
    public async Task A_batch_supersedes_for_each_of_its_devices()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var devices = await host.RegisterManyAsync(3, i => new() { ["site"] = i < 2 ? "north" : "south" });
        var earlier = new List<CommandView>();
        foreach (var id in devices)
        {
            earlier.Add(await CreateAsync(host, host.Device(id), Interval));
        }

        var batch = await host.Operator.SendAsync<CommandBatchView>(HttpMethod.Post, Routes.CommandBatches, new CreateCommandBatch("site=north", Interval));
        await host.CreatedAsync(batch.Id);

        for (var i = 0; i < devices.Count; i++)
        {
            var device = host.Device(devices[i]);
            var listed = (await host.Operator.SendAsync<Page<CommandView>>(HttpMethod.Get, device.CommandsPath)).Items;
            var newest = listed.SingleOrDefault(command => command.Batch == batch.Id);
            var view = await device.ViewAsync(earlier[i].Id);
            Assert.Equal(i < 2 ? $"Superseded by {newest!.Id}." : null, view.Reason);
            Assert.Equal(i < 2 ? CommandState.Cancelled : CommandState.Pending, view.State);
            Assert.Equal("interval", view.Supersedes);
        }
    }

    [Fact]
    public async Task Of_commands_created_at_once_the_last_alone_is_left()
    {
        await using var host = await CommandsHost.StartLiveAsync(on);
        var device = await host.RegisterAsync();

        await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => CreateAsync(host, device, Interval)));

        Assert.Equal(1, await host.CountAsync("SELECT COUNT(*) FROM commands WHERE state = 'pending'"));
        Assert.Equal(59, await host.CountAsync("SELECT COUNT(*) FROM commands WHERE state = 'cancelled' AND provisional = 1"));
    }

    private static Task<CommandView> CreateAsync(CommandsHost host, DeviceDriver device, CreateCommand command) =>
        host.Operator.SendAsync<CommandView>(HttpMethod.Post, device.CommandsPath, command);
}

public sealed class SupersedingTestsOnSqlite() : SupersedingTests(ContractDatabase.Sqlite);

public sealed class SupersedingTestsOnServer() : SupersedingTests(ContractDatabase.Server);

public sealed class SupersedingTestsOfDoubtfulCommits() : SupersedingTests(ContractDatabase.DoubtfulServer);
