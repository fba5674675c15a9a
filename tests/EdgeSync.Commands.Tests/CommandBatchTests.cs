using System.Net;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>One request, a command for each of many devices.</summary>
public abstract class CommandBatchTests(ContractDatabase on)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static readonly CreateCommand Ping = new("ping", new JsonValue("{\"n\":1}"), 60, Priority: 7);

    [Fact]
    public async Task Each_device_that_the_selector_names_gets_the_command_and_no_other()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var devices = await host.RegisterManyAsync(30, i => new() { ["site"] = i % 3 == 0 ? "north" : "south" });
        await host.ExecuteAsync($"UPDATE devices SET state = 'disabled' WHERE device_id = '{devices[3]}'");

        using var answer = await host.Operator.SendAsync(HttpMethod.Post, Routes.CommandBatches, new CreateCommandBatch("site=north", Ping));
        var accepted = await answer.ReadAsync<CommandBatchView>();
        var batch = await host.CreatedAsync(accepted.Id);

        Assert.Equal((HttpStatusCode.Accepted, $"{Routes.CommandBatches}/{accepted.Id}"), (answer.StatusCode, answer.Headers.Location!.ToString()));
        Assert.Equal((CommandBatchState.Creating, 10, Ping, 0), (accepted.State, accepted.Devices, accepted.Command, accepted.Commands.Pending));
        Assert.Equal((CommandBatchState.Created, 10, 10), (batch.State, batch.Devices, batch.Commands.Pending));
        var commands = await host.Operator.SendAsync<Page<CommandView>>(HttpMethod.Get, $"{Routes.CommandBatches}/{batch.Id}/commands");
        Assert.Equal(devices.Where((_, i) => i % 3 == 0), commands.Items.Select(command => command.Device).Order());
        Assert.All(commands.Items, command => Assert.Equal(
            (batch.Id, "ping", Ping.Payload!.Value, 7, CommandState.Pending, batch.CreatedAt + 60_000_000),
            (command.Batch!.Value, command.Kind, command.Payload, command.Priority, command.State, command.ExpiresAt)));
        Assert.Equal("ping", Assert.Single((await host.Device(devices[0]).PullAsync()).Commands).Kind);
        Assert.Empty((await host.Device(devices[1]).PullAsync()).Commands);
    }

    [Fact]
    public async Task Progress_is_counted_by_state_and_commands_are_listed_by_it()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var devices = await host.RegisterManyAsync(6);
        var batch = await host.CreatedAsync((await CreateAsync(host, "*", Ping)).Id);
        foreach (var id in devices.Take(3))
        {
            var device = host.Device(id);
            var command = Assert.Single((await device.PullAsync()).Commands);
            if (id != devices[0])
            {
                await device.ReceiveAsync(command.Id);
                await device.CompleteAsync(command.Id, id == devices[1] ? CommandOutcome.Succeeded : CommandOutcome.Failed);
            }
        }

        var view = await ViewAsync(host, batch.Id);
        var failed = await host.Operator.SendAsync<Page<CommandView>>(HttpMethod.Get, $"{Routes.CommandBatches}/{batch.Id}/commands?state=failed");
        var first = await host.Operator.SendAsync<Page<CommandView>>(HttpMethod.Get, $"{Routes.CommandBatches}/{batch.Id}/commands?limit=4");
        var second = await host.Operator.SendAsync<Page<CommandView>>(HttpMethod.Get, $"{Routes.CommandBatches}/{batch.Id}/commands?limit=4&after={first.Next}");

        Assert.Equal(new CommandCounts(3, 1, 0, 1, 1, 0, 0, 0), view.Commands);
        Assert.Equal(devices[2], Assert.Single(failed.Items).Device);
        Assert.Equal(devices, first.Items.Concat(second.Items).Select(command => command.Device).Order());
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task An_idempotency_key_names_one_batch_whatever_became_of_the_fleet()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.RegisterManyAsync(3, _ => new() { ["site"] = "north" });
        var wish = new CreateCommandBatch("site=north", Ping with { IdempotencyKey = "deploy-7" });
        using var first = await host.Operator.SendAsync(HttpMethod.Post, Routes.CommandBatches, wish);
        var batch = await host.CreatedAsync((await first.ReadAsync<CommandBatchView>()).Id);
        await host.RegisterManyAsync(3);

        using var again = await host.Operator.SendAsync(HttpMethod.Post, Routes.CommandBatches, wish);
        var problem = await host.Operator.SendAsync(HttpMethod.Post, Routes.CommandBatches, wish with { Selector = "site=south" }).RefusedAsync(ProblemTypes.CommandConflict);

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.OK), (first.StatusCode, again.StatusCode));
        Assert.Equal(batch, await again.ReadAsync<CommandBatchView>());
        Assert.Contains(batch.Id.ToString(), problem.Detail, StringComparison.Ordinal);
        Assert.Equal(3, await host.CountAsync("SELECT COUNT(*) FROM commands"));
        Assert.Equal(0, await host.CountAsync("SELECT COUNT(*) FROM commands WHERE idempotency_key IS NOT NULL"));
    }

    [Fact]
    public async Task Devices_registered_later_are_not_meant()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.Get<BatchWork>().StopAsync(Ct);
        await host.RegisterManyAsync(2);
        var batch = await CreateAsync(host, "*", Ping);
        host.Time.Advance(TimeSpan.FromMilliseconds(1));
        await host.RegisterManyAsync(5);

        await host.Get<BatchWork>().RunAsync(Ct);

        Assert.Equal(2, (await ViewAsync(host, batch.Id)).Commands.Pending);
    }

    [Fact]
    public async Task A_batch_that_was_left_between_two_chunks_is_gone_on_with_and_nothing_is_created_twice()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var work = host.Get<BatchWork>();
        await work.StopAsync(Ct);
        var count = (BatchChunkStore.ChunkMax * 2) + 7;
        await host.RegisterManyAsync(count);
        var batch = await CreateAsync(host, "*", Ping);
        var before = Assert.Single(await host.Get<BatchChunkStore>().OpenAsync(10, Ct));

        var after = await work.AdvanceAsync(before, Ct);
        var late = await work.AdvanceAsync(before, Ct);

        Assert.NotNull(after);
        Assert.Null(late);
        Assert.Equal((CommandBatchState.Creating, BatchChunkStore.ChunkMax), ((await ViewAsync(host, batch.Id)).State, (await ViewAsync(host, batch.Id)).Commands.Pending));
        await work.RunAsync(Ct);
        Assert.Equal((CommandBatchState.Created, count), ((await ViewAsync(host, batch.Id)).State, (await ViewAsync(host, batch.Id)).Commands.Pending));
        Assert.Equal(count, await host.CountAsync("SELECT COUNT(DISTINCT device_id) FROM commands"));
        Assert.Empty(await host.Get<BatchChunkStore>().OpenAsync(10, Ct));
    }

    [Fact]
    public async Task Waiting_devices_are_woken_at_once()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var devices = await host.RegisterManyAsync(2);
        var waiting = host.Device(devices[1]).PullAsync(wait: 60);
        await CommandsHost.UntilAsync(() => host.Get<DeviceSignals>().WaitingDevices == 1);

        await CreateAsync(host, "*", Ping);

        Assert.Equal("ping", Assert.Single((await waiting).Commands).Kind);
    }

    [Fact]
    public async Task A_cancelled_batch_creates_nothing_more_and_cancels_what_is_open()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var work = host.Get<BatchWork>();
        await work.StopAsync(Ct);
        var devices = await host.RegisterManyAsync(BatchChunkStore.ChunkMax + 20);
        var batch = await CreateAsync(host, "*", Ping);
        var row = Assert.Single(await host.Get<BatchChunkStore>().OpenAsync(10, Ct));
        var place = await work.AdvanceAsync(row, Ct);
        var (held, done) = (host.Device(devices[0]), host.Device(devices[1]));
        var heldCommand = Assert.Single((await held.PullAsync()).Commands);
        await held.ReceiveAsync(heldCommand.Id);
        await done.CompleteAsync(Assert.Single((await done.PullAsync()).Commands).Id);

        var cancelled = await host.Operator.SendAsync<CommandBatchView>(HttpMethod.Post, $"{Routes.CommandBatches}/{batch.Id}/cancel", new CancelCommand("wrong site"));
        var more = await work.AdvanceAsync(place!, Ct);

        Assert.Equal((CommandBatchState.Cancelled, "wrong site"), (cancelled.State, cancelled.Reason));
        Assert.Null(more);
        Assert.Equal(BatchChunkStore.ChunkMax - 2, cancelled.Commands.Pending);
        await work.RunAsync(Ct);
        var view = await ViewAsync(host, batch.Id);
        Assert.Equal(new CommandCounts(0, 0, 0, 1, 0, 0, 0, BatchChunkStore.ChunkMax - 1), view.Commands);
        Assert.Equal("wrong site", (await held.ViewAsync(heldCommand.Id)).Reason);
        Assert.Empty(await host.Get<BatchChunkStore>().OpenAsync(10, Ct));
        await host.Operator.SendAsync(HttpMethod.Post, $"{Routes.CommandBatches}/{batch.Id}/cancel", new CancelCommand("again")).RefusedAsync(ProblemTypes.CommandConflict);
        // The device's word replaces the end that was made here.
        Assert.Equal(new ResultReceipt(heldCommand.Id, true, CommandState.Succeeded), await held.CompleteAsync(heldCommand.Id));
    }

    [Fact]
    public async Task Batches_are_listed_the_newest_first()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.RegisterManyAsync(1);
        var ids = new List<BatchId>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add((await CreateAsync(host, "*", Ping)).Id);
            host.Time.Advance(TimeSpan.FromMilliseconds(2));
        }

        var first = await host.Operator.SendAsync<Page<CommandBatchView>>(HttpMethod.Get, $"{Routes.CommandBatches}?limit=3");
        var second = await host.Operator.SendAsync<Page<CommandBatchView>>(HttpMethod.Get, $"{Routes.CommandBatches}?limit=3&after={first.Next}");

        Assert.Equal(Enumerable.Reverse(ids), first.Items.Concat(second.Items).Select(batch => batch.Id));
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task What_cannot_be_a_batch_is_refused()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.RegisterManyAsync(1);

        foreach (var (batch, fields) in new (CreateCommandBatch, string[])[]
        {
            (new CreateCommandBatch("", Ping), ["selector"]),
            (new CreateCommandBatch("site in north", Ping), ["selector"]),
            (new CreateCommandBatch("*", new CreateCommand("Ping!", ExpiresInSeconds: 0)), ["command.expiresInSeconds", "command.kind"]),
            (new CreateCommandBatch("*", Ping with { Supersedes = "" }), ["command.supersedes"]),
        })
        {
            var problem = await host.Operator.SendAsync(HttpMethod.Post, Routes.CommandBatches, batch).RefusedAsync(ProblemTypes.Validation);
            Assert.Equal(fields, problem.Errors!.Keys.Order());
        }

        var none = await host.Operator.SendAsync(HttpMethod.Post, Routes.CommandBatches, new CreateCommandBatch("site=north", Ping)).RefusedAsync(ProblemTypes.Validation);
        Assert.StartsWith("It names 0 devices", none.Errors!["selector"], StringComparison.Ordinal);
        await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.CommandBatches}/x").RefusedAsync(ProblemTypes.NotFound);
        await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.CommandBatches}/0190a5d0-0000-7000-8000-000000000001/commands").RefusedAsync(ProblemTypes.NotFound);
        await host.Operator.SendAsync(HttpMethod.Post, $"{Routes.CommandBatches}/0190a5d0-0000-7000-8000-000000000001/cancel", new CancelCommand("no")).RefusedAsync(ProblemTypes.NotFound);
    }

    private static Task<CommandBatchView> CreateAsync(CommandsHost host, string selector, CreateCommand command) =>
        host.Operator.SendAsync<CommandBatchView>(HttpMethod.Post, Routes.CommandBatches, new CreateCommandBatch(selector, command));

    private static Task<CommandBatchView> ViewAsync(CommandsHost host, BatchId id) => host.Operator.SendAsync<CommandBatchView>(HttpMethod.Get, $"{Routes.CommandBatches}/{id}");
}

public sealed class CommandBatchTestsOnSqlite() : CommandBatchTests(ContractDatabase.Sqlite);

public sealed class CommandBatchTestsOnServer() : CommandBatchTests(ContractDatabase.Server);

public sealed class CommandBatchTestsOfDoubtfulCommits() : CommandBatchTests(ContractDatabase.DoubtfulServer);
