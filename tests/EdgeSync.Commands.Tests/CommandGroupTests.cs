using System.Data.Common;
using CsCheck;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>Requests of many devices that are committed as groups.</summary>
public sealed class CommandGroupTests
{
    private const int Fleet = 3;
    private const int Fresh = 30;

    private static readonly Gen<Func<int, long, CommandRequest>> Requests = Gen.Select(Gen.Int[0, 9], Gen.Int[0, Fleet - 1], Gen.Int[1, 3], Gen.Int[0, Fresh - 1].Array[1, 4], (kind, device, draw, named) =>
        (Func<int, long, CommandRequest>)((number, now) => kind switch
        {
            < 4 => Create(Device(device), number, now, draw == 1 ? $"key {named[0] % 3}" : null, draw == 2 ? "valve" : null, priority: named[0] % 2),
            < 7 => new PullRequest(Device(device), draw == 3 ? null : Run(draw)),
            < 8 => new ReceiveRequest(Device(device), new ReceiptRequest(Run(draw).Boot, Run(draw).Epoch, [.. named.Select(Command)])),
            _ => new CompleteRequest(Device(device), new ResultRequest(Run(draw).Boot, Run(draw).Epoch, [.. named.Select(name => new CommandResult(Command(name), CommandOutcome.Succeeded, 1, new JsonValue("7")))])),
        }));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_in_groups_come_to_what_they_come_to_one_by_one_on_every_database()
    {
        await using var single = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        await using var file = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        await using var server = await CommandsHost.StartAsync(ContractDatabase.Server, ("Commands:Writers", "1"));
        CommandsHost[] hosts = [single, file, server];
        await Gen.Select(Requests, Gen.Int[0, 12]).Array[1, 40].SampleAsync(async steps =>
        {
            foreach (var host in hosts)
            {
                await host.ExecuteAsync("DELETE FROM commands");
                await host.ExecuteAsync("DELETE FROM device_hints");
            }

            var number = 0;
            foreach (var round in steps.Chunk(14))
            {
                var requests = round.Select(step => step.Item1(number++, Microseconds.From(single.Time.GetUtcNow()))).ToList();
                var expected = new List<string>();
                foreach (var request in requests)
                {
                    expected.Add(CommitSide.ToText(await single.Get<DeliveryCommit>().WriteAsync(request, Ct)));
                }

                foreach (var host in new[] { file, server })
                {
                    Assert.Equal(expected, await CommitAsync(host, requests));
                }

                var rows = await single.DumpAsync();
                Assert.Equal(rows, await file.DumpAsync());
                Assert.Equal(rows, await server.DumpAsync());
                Array.ForEach(hosts, host => host.Time.Advance(TimeSpan.FromSeconds(round[0].Item2)));
            }
        }, iter: 15, threads: 1);
    }

    [Fact]
    public async Task A_request_that_fails_fails_alone()
    {
        foreach (var on in new[] { ContractDatabase.Sqlite, ContractDatabase.Server })
        {
            await using var host = await CommandsHost.StartAsync(on, ("Commands:Writers", "1"));
            var now = Microseconds.From(host.Time.GetUtcNow());
            await Task.WhenAll(await host.CommitAsync(Create(Device(0), 1, now), Create(Device(1), 2, now)));

            // An id that was drawn twice.
            var outcomes = await host.CommitAsync(Create(Device(2), 3, now), Create(Device(0), 1, now), new ReceiveRequest(Device(1), new ReceiptRequest(Run(1).Boot, Run(1).Epoch, [Command(2)])));

            Assert.IsType<CommandCreated>(await outcomes[0]);
            await Assert.ThrowsAnyAsync<DbException>(() => outcomes[1]);
            Assert.Equal(ReceiptVerdict.Run, Assert.IsType<ReceiptOutcome>(await outcomes[2]).Answer.Receipts[0].Verdict);
            Assert.Equal((3, 3), (await host.CountAsync("SELECT COUNT(*) FROM commands"), await host.CountAsync("SELECT CAST(SUM(intent_version) AS INT8) FROM device_hints")));
        }
    }

    [Fact]
    public async Task Groups_of_two_instances_over_the_same_devices_do_everything_once()
    {
        await using var one = await CommandsHost.StartLiveAsync(ContractDatabase.Server);
        await using var two = await one.StartSecondAsync();
        var devices = Enumerable.Range(0, 60).Select(Device).ToList();
        var now = Microseconds.From(one.Get<TimeProvider>().GetUtcNow());

        // The second instance is asked in the opposite order: locks that were taken as requests come would wait for each other for ever.
        var created = await BothAsync((device, i, half) => Create(device, (i * 2) + half, now));
        var leased = await BothAsync((device, _, half) => new PullRequest(device, new DeviceRun(new Boot(1, half + 1), new Epoch(81))));
        var received = await BothAsync((device, i, half) => new ReceiveRequest(device, new ReceiptRequest(new Boot(1, half + 1), new Epoch(81), [Command(i * 2), Command((i * 2) + 1)])));
        var completed = await BothAsync((device, i, half) =>
            new CompleteRequest(device, new ResultRequest(new Boot(1, half + 1), new Epoch(81), [new CommandResult(Command((i * 2) + 1), CommandOutcome.Succeeded, 1), new CommandResult(Command(i * 2), CommandOutcome.Succeeded, 1)])));

        Assert.Equal(devices.SelectMany(_ => new long[] { 1, 2 }).Order(), created.OfType<CommandCreated>().Select(outcome => outcome.IntentVersion).Order());
        Assert.Equal(120, leased.OfType<LeaseOutcome>().SelectMany(outcome => outcome.Delivery.Commands).Select(command => command.Id).Distinct().Count());
        Assert.Equal(120, leased.OfType<LeaseOutcome>().Sum(outcome => outcome.Delivery.Commands.Count));
        Assert.Equal((120, 120), (Verdicts(ReceiptVerdict.Run), Verdicts(ReceiptVerdict.Resume)));
        Assert.Equal(120, completed.OfType<ResultOutcome>().Sum(outcome => outcome.Steps.Count));

        int Verdicts(ReceiptVerdict verdict) => received.OfType<ReceiptOutcome>().Sum(outcome => outcome.Answer.Receipts.Count(receipt => receipt.Verdict == verdict));

        async Task<DeliveryOutcome[]> BothAsync(Func<DeviceId, int, int, CommandRequest> request)
        {
            var groups = await Task.WhenAll(
                one.CommitAsync(devices.Select((device, i) => request(device, i, 0))),
                two.CommitAsync(Enumerable.Reverse(devices.Select((device, i) => request(device, i, 1)).ToList())));
            return await Task.WhenAll(groups.SelectMany(group => group));
        }
    }

    [Fact]
    public async Task What_finds_no_room_is_told_to_come_again()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Server, ("Commands:Writers", "1"), ("Commands:QueueRequestsMax", "1"));
        using var commit = host.NewCommit();
        var first = commit.WriteAsync(new PullRequest(Device(0), null), Ct);

        Assert.Same(NotTaken.QueueFull, await commit.WriteAsync(new PullRequest(Device(1), null), Ct));
        await commit.StartAsync(Ct);
        await commit.StopAsync(Ct);
        Assert.IsType<LeaseOutcome>(await first);
        Assert.Same(NotTaken.Stopping, await commit.WriteAsync(new PullRequest(Device(1), null), Ct));
        Assert.Equal((503, 503), (NotTaken.QueueFull.Type.Status, NotTaken.Stopping.Type.Status));
    }

    [Fact]
    public void A_device_has_one_request_in_a_group_or_creations_alone()
    {
        var (create, pull) = (Create(Device(0), 1, 0), new PullRequest(Device(0), null));

        Assert.Equal([true, true, true, false], Taken(create, Create(Device(1), 2, 0), Create(Device(0), 3, 0), pull));
        Assert.Equal([true, false], Taken(pull, create));
        Assert.Equal([true, false], Taken(pull, new PullRequest(Device(0), Run(1))));
        Assert.Equal([true, true, false], Taken(new CommandsOptions { CommitRequestsMax = 2 }, create, Create(Device(1), 2, 0), Create(Device(2), 3, 0)));
        Assert.Equal([true], Taken(new CommandsOptions(), new CreateRequest(create.Command with { Payload = new string('x', 5 * 1024 * 1024) })));
    }

    private static bool[] Taken(params CommandRequest[] requests) => Taken(new CommandsOptions(), requests);

    private static bool[] Taken(CommandsOptions options, params CommandRequest[] requests) => [.. requests.Select(new DeliveryWork(null!, options, null!).NewRoom())];

    // As a writer takes what waits. Not through the queue: on the embedded database a pull looks before it is queued, which here would be before what waits before it.
    private static async Task<List<string>> CommitAsync(CommandsHost host, List<CommandRequest> requests)
    {
        var store = host.Get<DeliveryStore>();
        var work = new DeliveryWork(store, new CommandsOptions(), host.Get<CommandsMetrics>());
        var outcomes = new List<string>();
        for (var taken = 0; taken < requests.Count;)
        {
            var room = work.NewRoom();
            var group = requests.Skip(taken).TakeWhile(room).ToList();
            taken += group.Count;
            outcomes.AddRange((await work.WriteAsync(group, Ct)).Select(CommitSide.ToText));
        }

        return outcomes;
    }

    private static CreateRequest Create(DeviceId device, int number, long now, string? key = null, string? subject = null, int? priority = null) =>
        CreateRequest.Of(device, Command(number), new CreateCommand("ping", new JsonValue("{}"), 30, key, priority, subject), now);

    private static DeviceId Device(int number) => new(new Guid(number + 1, 0, 0, new byte[8]));

    private static CommandId Command(int number) => new(new Guid(number, 1, 0, new byte[8]));

    private static DeviceRun Run(int number) => new(new Boot(number, number * 11), new Epoch(80 + number));
}
