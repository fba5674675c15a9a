using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>Devices here sync once an hour: a command that arrives during a test came by the event stream.</summary>
public sealed class CommandDeliveryTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task A_command_wakes_its_device_runs_once_and_its_result_comes_back()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        await device.ListenAsync();
        await device.DrainAsync();

        var command = await site.Operators.IssueAsync(device, payload: """{"position": 42,  "note": "größer ✓"}""");
        var end = await site.Operators.EndOfAsync(device, command);

        Assert.Equal((CommandState.Succeeded, 1, false), (end.State, end.Attempts, end.Late));
        Assert.Equal("""{"position": 42,  "note": "größer ✓"}""", end.Result?.ToString());
        Assert.Equal(1, JournalReader.Read(site.Folder.Journals).Effects[command]);
        site.AssertBalanced();
    }

    [Fact]
    public async Task A_command_for_a_device_that_is_away_waits_for_it()
    {
        var device = await site.AddDeviceAsync();
        var command = await site.Operators.IssueAsync(device);
        Assert.Equal(CommandState.Pending, (await site.Operators.ReadAsync(device, command)).State);

        device.Start();

        Assert.Equal(CommandState.Succeeded, (await site.Operators.EndOfAsync(device, command)).State);
        site.AssertBalanced();
    }

    [Fact]
    public async Task A_command_of_an_unknown_kind_fails_with_a_reason()
    {
        var device = await site.AddDeviceAsync();
        device.Start();

        var end = await site.Operators.EndOfAsync(device, await site.Operators.IssueAsync(device, "levitate"));

        Assert.Equal(CommandState.Failed, end.State);
        Assert.Contains("levitate", end.Reason, StringComparison.Ordinal);
        Assert.Contains(OperatorDesk.ActuateKind, end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_command_never_runs()
    {
        var device = await site.AddDeviceAsync();
        var command = await site.Operators.IssueAsync(device);
        await site.Operators.CancelAsync(device, command, "wrong pump");

        device.Start();
        await site.Operators.EndOfAsync(device, await site.Operators.IssueAsync(device));

        var end = await site.Operators.ReadAsync(device, command);
        Assert.Equal((CommandState.Cancelled, "wrong pump"), (end.State, end.Reason));
        Assert.Equal(1, device.Device.Status.Counters.CommandsRun);
        Assert.DoesNotContain(command, JournalReader.Read(site.Folder.Journals).Effects.Keys);
    }

    [Fact]
    public async Task The_same_idempotency_key_is_the_same_command()
    {
        var device = await site.AddDeviceAsync();
        var order = new CreateCommand(OperatorDesk.ActuateKind, new JsonValue("1"), IdempotencyKey: "twice");

        var (first, second) = (await site.Operators.CreateAsync(device, order), await site.Operators.CreateAsync(device, order));
        device.Start();
        await site.Operators.EndOfAsync(device, first.Id);
        await device.DrainAsync();

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(1, device.Device.Status.Counters.CommandsRun);
    }

    [Fact]
    public async Task A_burst_of_commands_runs_each_once()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        await device.ListenAsync();

        var commands = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => site.Operators.IssueAsync(device)));
        await Task.WhenAll(commands.Select(command => site.Operators.EndOfAsync(device, command)));

        var effects = JournalReader.Read(site.Folder.Journals).Effects;
        Assert.All(commands, command => Assert.Equal(1, effects[command]));
        site.AssertBalanced();
    }
}
