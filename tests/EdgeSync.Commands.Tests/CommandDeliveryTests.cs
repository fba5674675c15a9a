using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class CommandDeliveryTests(ContractDatabase on)
{
    [Fact]
    public async Task A_command_lives_from_creation_to_result()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var created = await device.CreateAsync("restart-agent", """{"delay":  5}""", expiresInSeconds: 60);
        host.Time.Advance(TimeSpan.FromSeconds(1));

        var delivery = await device.PullAsync();
        var sent = Assert.Single(delivery.Commands);
        Assert.Equal(new CommandEnvelope(created.Id, "restart-agent", new JsonValue("""{"delay":  5}"""), 59_000, 1), sent);
        Assert.Equal((1, false), (delivery.IntentVersion, delivery.More));
        Assert.Equal(CommandState.Leased, (await device.ViewAsync(created.Id)).State);

        Assert.Equal(new Receipt(created.Id, ReceiptVerdict.Run, 59_000, CommandState.Delivered), await device.ReceiveAsync(created.Id));
        Assert.Equal(new ResultReceipt(created.Id, false, CommandState.Succeeded), await device.CompleteAsync(created.Id, result: "{\"ok\":true}"));

        var view = await device.ViewAsync(created.Id);
        Assert.Equal((CommandState.Succeeded, new JsonValue("{\"ok\":true}"), false, 1), (view.State, view.Result, view.Late, view.Attempts));
        Assert.Equal(host.Time.GetMicroseconds(), view.DeliveredAt);
        Assert.Empty((await device.PullAsync()).Commands);
    }

    [Fact]
    public async Task Duplicate_receipts_and_results_change_nothing()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        await device.PullAsync();

        var receipts = new[] { await device.ReceiveAsync(command.Id), await device.ReceiveAsync(command.Id) };
        var results = new[]
        {
            await device.CompleteAsync(command.Id, CommandOutcome.Failed, error: "no power"),
            await device.CompleteAsync(command.Id, CommandOutcome.Succeeded),
        };

        Assert.All(receipts, receipt => Assert.Equal(ReceiptVerdict.Run, receipt.Verdict));
        Assert.All(results, result => Assert.Equal(new ResultReceipt(command.Id, false, CommandState.Failed), result));
        Assert.Equal("no power", (await device.ViewAsync(command.Id)).Reason);
        Assert.Equal(ReceiptVerdict.Drop, (await device.ReceiveAsync(command.Id)).Verdict);
    }

    [Fact]
    public async Task A_second_run_of_the_device_program_is_told_to_resume()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        await device.PullAsync();
        await device.ReceiveAsync(command.Id);

        device.Boot = new Boot(2, 12);

        Assert.Equal(ReceiptVerdict.Resume, (await device.ReceiveAsync(command.Id)).Verdict);
        Assert.Equal(ReceiptVerdict.Resume, (await device.ReceiveAsync(command.Id)).Verdict);
        Assert.Equal(CommandState.Interrupted, (await device.CompleteAsync(command.Id, CommandOutcome.Interrupted, error: "crashed")).State);
    }

    [Fact]
    public async Task A_new_epoch_interrupts_a_delivered_command_and_its_result_comes_late()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var (pulled, received) = (await device.CreateAsync(), await device.CreateAsync());
        await device.PullAsync();
        await device.ReceiveAsync(pulled.Id);
        await device.ReceiveAsync(received.Id);

        (device.LiveEpoch, device.Boot) = (new Epoch(82), new Boot(2, 12));
        var receipt = await device.ReceiveAsync(received.Id);
        Assert.Equal((ReceiptVerdict.Drop, CommandState.Interrupted), (receipt.Verdict, receipt.State));
        Assert.Empty((await device.PullAsync()).Commands);
        var interrupted = await device.ViewAsync(pulled.Id);
        Assert.Equal(CommandState.Interrupted, interrupted.State);
        Assert.Contains("new epoch", interrupted.Reason, StringComparison.Ordinal);

        Assert.Equal(new ResultReceipt(pulled.Id, true, CommandState.Succeeded), await device.CompleteAsync(pulled.Id));
        Assert.Equal(new ResultReceipt(pulled.Id, true, CommandState.Succeeded), await device.CompleteAsync(pulled.Id, CommandOutcome.Failed));
        Assert.True((await device.ViewAsync(pulled.Id)).Late);
    }

    [Fact]
    public async Task A_pull_in_a_new_epoch_interrupts_what_was_delivered_in_the_old_one()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        await device.PullAsync();
        await device.ReceiveAsync(command.Id);

        (device.LiveEpoch, device.Boot) = (new Epoch(82), new Boot(2, 12));
        await device.PullAsync();

        Assert.Equal(CommandState.Interrupted, (await device.ViewAsync(command.Id)).State);
    }

    [Theory]
    [InlineData(2, 11, "the same run, which recovered into a new epoch")]
    [InlineData(1, 11, "the same run")]
    public async Task A_new_epoch_of_a_run_that_is_not_a_later_one_interrupts_nothing(long number, long nonce, string run)
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        await device.PullAsync();
        await device.ReceiveAsync(command.Id);

        (device.LiveEpoch, device.Boot) = (new Epoch(82), new Boot(number, nonce));
        await device.PullAsync();

        Assert.True((await device.ViewAsync(command.Id)).State == CommandState.Delivered, run);
    }

    [Fact]
    public async Task A_pull_that_does_not_say_which_run_asks_judges_nothing()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        await device.PullAsync();
        await device.ReceiveAsync(command.Id);

        await device.Client.SendAsync<CommandDelivery>(HttpMethod.Get, $"{Routes.Commands}?wait=0&epoch=82");

        Assert.Equal(CommandState.Delivered, (await device.ViewAsync(command.Id)).State);
    }

    [Fact]
    public async Task A_later_run_is_sent_what_was_delivered_until_it_shows_that_it_holds_it()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var (lost, done) = (await device.CreateAsync(), await device.CreateAsync());
        await device.PullAsync();
        await device.ReceiveAsync(lost.Id);
        await device.ReceiveAsync(done.Id);
        Assert.Empty((await device.PullAsync()).Commands);

        device.Boot = new Boot(2, 12);
        Assert.Equivalent(new[] { lost.Id, done.Id }, (await device.PullAsync()).Commands.Select(command => command.Id), strict: true);
        await device.CompleteAsync(done.Id);
        Assert.Equal(lost.Id, Assert.Single((await device.PullAsync()).Commands).Id);
        Assert.Equal(ReceiptVerdict.Resume, (await device.ReceiveAsync(lost.Id)).Verdict);

        Assert.Empty((await device.PullAsync()).Commands);
        device.Boot = new Boot(1, 11);
        Assert.Empty((await device.PullAsync()).Commands);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public async Task A_run_whose_number_another_one_has_used_takes_a_higher_one(long number)
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        device.Boot = new Boot(2, 11);
        await device.PullAsync();
        await device.ReceiveAsync(command.Id);

        device.Boot = new Boot(number, 12);
        device.LiveEpoch = new Epoch(82);
        var refused = await device.Client.SendAsync(HttpMethod.Get, $"{Routes.Commands}?wait=0&epoch={device.LiveEpoch}&boot={number}&nonce=12").RefusedAsync(ProblemTypes.StaleBoot);
        Assert.Equal(2, refused.Boot);
        Assert.Equal(CommandState.Delivered, (await device.ViewAsync(command.Id)).State);

        device.Boot = new Boot(3, 12);
        await device.PullAsync();
        Assert.Equal(CommandState.Interrupted, (await device.ViewAsync(command.Id)).State);
    }

    [Fact]
    public async Task What_earlier_runs_left_comes_in_pages_too()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        for (var i = 0; i < Limits.CommandPullMax + 1; i++)
        {
            await device.ReceiveAsync((await device.CreateAsync()).Id);
        }

        device.Boot = new Boot(2, 12);
        var first = await device.PullAsync();
        foreach (var command in first.Commands)
        {
            await device.ReceiveAsync(command.Id);
        }

        var second = await device.PullAsync();
        Assert.Equal((Limits.CommandPullMax, true, 1, false), (first.Commands.Count, first.More, second.Commands.Count, second.More));
    }

    [Fact]
    public async Task A_result_in_a_new_epoch_is_no_interruption()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        await device.PullAsync();
        await device.ReceiveAsync(command.Id);

        device.LiveEpoch = new Epoch(82);

        Assert.Equal(new ResultReceipt(command.Id, false, CommandState.Succeeded), await device.CompleteAsync(command.Id));
    }

    [Fact]
    public async Task Commands_come_by_priority_then_age_and_at_most_fifty_at_once()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var created = new List<CommandView>();
        for (var i = 0; i < Limits.CommandPullMax + 2; i++)
        {
            created.Add(await device.CreateAsync(priority: i == 30 ? 1 : null));
            host.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var first = await device.PullAsync();
        var second = await device.PullAsync();

        Assert.Equal(created.OrderBy(command => command.Priority).ThenBy(command => command.CreatedAt).Select(command => command.Id),
            first.Commands.Concat(second.Commands).Select(command => command.Id));
        Assert.Equal((Limits.CommandPullMax, true, 2, false), (first.Commands.Count, first.More, second.Commands.Count, second.More));
    }

    [Fact]
    public async Task Large_payloads_come_in_several_answers()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var payload = $"\"{new string('x', Limits.CommandPayloadBytesMax - 2)}\"";
        for (var i = 0; i < 12; i++)
        {
            await device.CreateAsync(payload: payload);
        }

        var first = await device.PullAsync();
        var second = await device.PullAsync();

        Assert.True(first.More);
        Assert.InRange(first.Commands.Count, 1, 11);
        Assert.Equal(12, first.Commands.Count + second.Commands.Count);
    }

    [Fact]
    public async Task A_lease_without_a_receipt_ends_and_the_command_is_sent_again_until_its_attempts_are_used_up()
    {
        await using var host = await CommandsHost.StartAsync(on, ("Commands:LeaseAttemptsMax", "2"));
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();

        Assert.Equal(1, Assert.Single((await device.PullAsync()).Commands).Attempt);
        Assert.Empty((await device.PullAsync()).Commands);
        host.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(2, Assert.Single((await device.PullAsync()).Commands).Attempt);
        host.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Empty((await device.PullAsync()).Commands);

        var view = await device.ViewAsync(command.Id);
        Assert.Equal((CommandState.Expired, "Sent 2 times without a receipt."), (view.State, view.Reason));
        Assert.Equal(new ResultReceipt(command.Id, true, CommandState.Succeeded), await device.CompleteAsync(command.Id));
    }

    [Fact]
    public async Task The_sweep_lets_a_command_wait_again_and_raises_the_intent_version()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        await device.PullAsync();

        host.Time.Advance(TimeSpan.FromSeconds(31));
        await host.Get<ExpirySweep>().SweepAsync(TestContext.Current.CancellationToken);

        Assert.Equal(CommandState.Pending, (await device.ViewAsync(command.Id)).State);
        Assert.Equal(2, (await device.PullAsync()).IntentVersion);
    }

    [Fact]
    public async Task An_overdue_command_expires_in_the_sweep_at_the_pull_and_at_the_receipt()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var atReceipt = await device.CreateAsync(expiresInSeconds: 10);
        await device.PullAsync();
        var atPull = await device.CreateAsync(expiresInSeconds: 10);
        host.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((ReceiptVerdict.Drop, CommandState.Expired), await device.ReceiveAsync(atReceipt.Id) is var receipt ? (receipt.Verdict, receipt.State) : default);
        Assert.Empty((await device.PullAsync()).Commands);
        var inSweep = await device.CreateAsync(expiresInSeconds: 10);
        host.Time.Advance(TimeSpan.FromSeconds(10));
        await host.Get<ExpirySweep>().SweepAsync(TestContext.Current.CancellationToken);

        Assert.Equal(CommandState.Expired, (await device.ViewAsync(atPull.Id)).State);
        Assert.Equal((CommandState.Expired, "Not delivered in time."), await device.ViewAsync(inSweep.Id) is var view ? (view.State, view.Reason) : default);
    }

    [Fact]
    public async Task A_sweep_larger_than_its_limit_goes_on()
    {
        await using var host = await CommandsHost.StartAsync(on, ("Commands:ExpirySweepMax", "3"));
        var device = await host.RegisterAsync();
        for (var i = 0; i < 8; i++)
        {
            await device.CreateAsync(expiresInSeconds: 1);
        }

        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.Get<ExpirySweep>().SweepAsync(TestContext.Current.CancellationToken);

        Assert.Equal(8, await host.CountAsync("SELECT COUNT(*) FROM commands WHERE state = 'expired'"));
    }

    [Fact]
    public async Task Unknown_commands_are_dropped()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var unknown = new CommandId(Guid.Parse("0190a5d0-0000-7000-8000-000000000001"));

        Assert.Equal(new Receipt(unknown, ReceiptVerdict.Drop, 0), await device.ReceiveAsync(unknown));
        Assert.Equal(new ResultReceipt(unknown, false), await device.CompleteAsync(unknown));
    }

    [Fact]
    public async Task A_command_of_another_device_is_unknown()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var other = await host.RegisterAsync("11111111-3a52-4c8e-9d0a-2f1f6c1b7a10");
        var command = await device.CreateAsync();

        Assert.Null((await other.CompleteAsync(command.Id)).State);
        Assert.Equal(CommandState.Pending, (await device.ViewAsync(command.Id)).State);
    }

    [Fact]
    public async Task A_long_error_is_cut_and_a_long_result_is_refused()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        var large = new CommandResult(command.Id, CommandOutcome.Succeeded, 0, new JsonValue($"\"{new string('x', Limits.CommandPayloadBytesMax)}\""));

        var problem = await device.Client.SendAsync(HttpMethod.Post, Routes.CommandResults, new ResultRequest(device.Boot, device.LiveEpoch, [large]))
            .RefusedAsync(ProblemTypes.Validation);
        await device.CompleteAsync(command.Id, CommandOutcome.Failed, error: new string('e', 5_000));

        Assert.Equal("results[0].result", Assert.Single(problem.Errors!).Key);
        Assert.Equal(CommandRules.ErrorCharsMax, (await device.ViewAsync(command.Id)).Reason!.Length);
    }

    [Fact]
    public async Task A_pull_with_bad_values_is_refused()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        foreach (var (query, field) in new[] { ("?wait=61", "wait"), ("?wait=-1", "wait"), ("?wait=soon", "wait"), ("?epoch=0", "epoch"), ("?boot=0", "boot"), ("?nonce=x", "nonce") })
        {
            var problem = await device.Client.SendAsync(HttpMethod.Get, Routes.Commands + query).RefusedAsync(ProblemTypes.Validation);
            Assert.Equal(field, Assert.Single(problem.Errors!).Key);
        }
    }

    [Fact]
    public async Task Too_many_receipts_and_a_missing_boot_are_refused()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var ids = Enumerable.Range(1, Limits.CommandReportMax + 1).Select(i => new CommandId(new Guid(i, 0, 0, new byte[8]))).ToList();

        var problem = await device.Client.SendAsync(HttpMethod.Post, Routes.CommandReceipts, new ReceiptRequest(default, device.LiveEpoch, ids))
            .RefusedAsync(ProblemTypes.Validation);

        Assert.Equal(["boot", "commands"], problem.Errors!.Keys.Order());
    }
}

public sealed class CommandDeliveryTestsOnSqlite() : CommandDeliveryTests(ContractDatabase.Sqlite);

public sealed class CommandDeliveryTestsOnServer() : CommandDeliveryTests(ContractDatabase.Server);

public sealed class CommandDeliveryTestsOfDoubtfulCommits() : CommandDeliveryTests(ContractDatabase.DoubtfulServer);
