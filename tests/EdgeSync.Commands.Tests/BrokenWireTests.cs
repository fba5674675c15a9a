using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using EdgeSync.Testing;

namespace EdgeSync.Commands.Tests;

/// <summary>A group's transaction over a wire that breaks at each message of the exchange in turn: nothing is lost, nothing is doubled, and everybody is told what was done.</summary>
public sealed class BrokenWireTests
{
    private const int MessagesMax = 200;

    private static readonly DeviceRun Run = new(new Boot(1, 11), new Epoch(81));

    private int _number;

    public static TheoryData<WireSender, WireFault> Faults() =>
        [.. from sender in Enum.GetValues<WireSender>() from fault in new[] { WireFault.CutBefore, WireFault.CutAfter, WireFault.ResetInside } select new TheoryDataRow<WireSender, WireFault>(sender, fault)];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_group_is_written_once_wherever_its_connection_breaks(WireSender sender, WireFault fault)
    {
        await using var host = await CommandsHost.StartLiveAsync(ContractDatabase.Server);
        await using var wire = new DatabaseWire(host.Get<DatabaseOptions>().ConnectionString);
        await using var broken = await host.StartSecondAsync(("ConnectionStrings:edgesync", wire.ConnectionString), ("Commands:Writers", "1"));
        var struck = 0;
        for (var isOver = false; !isOver; struck++)
        {
            Assert.InRange(struck, 0, MessagesMax);
            // Four devices: one gets a command, the others have one that is to be sent, was sent, and was received.
            var (created, sent, received, done) = (await NewAsync(broken, 0), await NewAsync(broken, 1), await NewAsync(host, 2), await NewAsync(host, 3));
            wire.Arm(sender, struck, fault);
            var outcomes = await Task.WhenAll(await broken.CommitAsync(
                Create(created.Device, created.Command), new PullRequest(sent.Device, Run), Receipt(received), Result(done)));
            isOver = wire.IsArmed;
            wire.Disarm();

            Assert.Equal((created.Command, 1), outcomes[0] is CommandCreated one ? (one.Command.Id, one.IntentVersion) : default);
            Assert.Equal((sent.Command, 1), outcomes[1] is LeaseOutcome { Delivery.Commands: [var leased] } ? (leased.Id, leased.Attempt) : default);
            Assert.Equal((ReceiptVerdict.Run, 1), outcomes[2] is ReceiptOutcome { Answer.Receipts: [var receipt], Steps.Count: var steps } ? (receipt.Verdict, steps) : default);
            Assert.Equal((false, CommandState.Succeeded), outcomes[3] is ResultOutcome { Answer.Results: [var result] } ? (result.Late, result.State) : default);
        }

        Assert.InRange(struck, 4, MessagesMax);
        foreach (var (state, most) in new[] { (CommandState.Pending, 0), (CommandState.Leased, 1), (CommandState.Delivered, 1), (CommandState.Succeeded, 1) })
        {
            Assert.Equal(struck, await host.CountAsync($"SELECT COUNT(*) FROM commands WHERE state = '{Words.Of(state)}' AND attempts = {most}"));
        }

        Assert.Equal(struck * 4, await host.CountAsync("SELECT COUNT(*) FROM device_hints WHERE intent_version = 1"));
    }

    // A device with a command that is so many steps on its way; with none, only the ids.
    private async Task<(DeviceId Device, CommandId Command)> NewAsync(CommandsHost host, int steps)
    {
        var named = (Device: new DeviceId(new Guid(++_number, 0, 0, new byte[8])), Command: new CommandId(new Guid(_number, 1, 0, new byte[8])));
        CommandRequest[] requests = [Create(named.Device, named.Command), new PullRequest(named.Device, Run), Receipt(named)];
        if (steps > 0)
        {
            await Task.WhenAll(await host.CommitAsync(requests.Take(steps)));
        }

        return named;
    }

    private static CreateRequest Create(DeviceId device, CommandId command) => CreateRequest.Of(device, command, new CreateCommand("ping"), Microseconds.From(TimeProvider.System.GetUtcNow()));

    private static ReceiveRequest Receipt((DeviceId Device, CommandId Command) named) => new(named.Device, new ReceiptRequest(Run.Boot, Run.Epoch, [named.Command]));

    private static CompleteRequest Result((DeviceId Device, CommandId Command) named) =>
        new(named.Device, new ResultRequest(Run.Boot, Run.Epoch, [new CommandResult(named.Command, CommandOutcome.Succeeded, 1)]));
}
