using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;

namespace EdgeSync.EndToEnd.Tests;

public sealed class RestartTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task A_control_plane_that_stops_and_starts_again_goes_on_where_it_was()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        var waiting = await site.AddDeviceAsync();
        var command = await site.Operators.IssueAsync(waiting);
        device.Produce(20);
        await device.DrainAsync();

        await site.StopControlPlaneAsync();
        device.Produce(20);
        await site.StartControlPlaneAsync();
        await device.DrainAsync();
        waiting.Start();

        Assert.Equal(CommandState.Succeeded, (await site.Operators.EndOfAsync(waiting, command)).State);
        Assert.Equal(40, site.ReadStored(device).Count);
        Assert.Single(site.ReadStored(device).Select(row => row.Name.Epoch).Distinct());
        site.AssertBalanced();
    }

    [Fact]
    public async Task The_event_stream_comes_back_with_the_control_plane()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        await device.ListenAsync();

        await site.StopControlPlaneAsync();
        await site.StartControlPlaneAsync();
        var command = await site.Operators.IssueAsync(device);

        Assert.Equal(CommandState.Succeeded, (await site.Operators.EndOfAsync(device, command)).State);
    }

    [Fact]
    public async Task A_device_killed_before_it_heard_the_answer_sends_again_and_nothing_is_stored_twice()
    {
        var device = await site.AddDeviceAsync();
        device.Wire.HoldAnswersOf = Routes.Telemetry;
        device.Start();
        device.Produce(30);
        var draining = device.Device.DrainAsync(TestContext.Current.CancellationToken);
        await device.Wire.Held;
        Assert.Equal(30, site.ReadStored(device).Count);

        await device.KillAsync();
        Assert.False(await draining);
        Assert.Equal(30, device.Device.Status.PendingRecords);
        device.Produce(10);
        device.Start();
        await device.DrainAsync();

        Assert.Equal(40, site.ReadStored(device).Count);
        Assert.Single(site.ReadStored(device).Select(row => row.Name.Epoch).Distinct());
        site.AssertBalanced();
    }

    [Fact]
    public async Task A_command_that_was_running_when_the_device_was_killed_is_interrupted_and_not_run_again()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        var command = await site.Operators.IssueAsync(device, FieldDevice.StuckKind);
        await device.Stuck;

        await device.KillAsync();
        device.Start();
        var end = await site.Operators.EndOfAsync(device, command);

        Assert.Equal(CommandState.Interrupted, end.State);
        Assert.Equal(1, JournalReader.Read(site.Folder.Journals).Effects[command]);
        site.AssertBalanced();
    }

    [Fact]
    public async Task A_device_killed_before_it_heard_that_its_receipt_was_taken_does_not_lose_the_command()
    {
        var device = await site.AddDeviceAsync();
        device.Wire.HoldAnswersOf = Routes.CommandReceipts;
        device.Start();
        var command = await site.Operators.IssueAsync(device);
        await device.Wire.Held;

        await device.KillAsync();
        device.Start();
        var end = await site.Operators.EndOfAsync(device, command);

        // Another run of the program was told to run it: nobody knows whether it did.
        Assert.Equal(CommandState.Interrupted, end.State);
        site.AssertBalanced();
    }

    [Fact]
    public async Task A_device_killed_before_it_heard_that_its_result_was_taken_reports_it_again()
    {
        var device = await site.AddDeviceAsync();
        device.Wire.HoldAnswersOf = Routes.CommandResults;
        device.Start();
        var command = await site.Operators.IssueAsync(device);
        await device.Wire.Held;

        await device.KillAsync();
        device.Start();
        await device.DrainAsync();

        var end = await site.Operators.ReadAsync(device, command);
        Assert.Equal((CommandState.Succeeded, false), (end.State, end.Late));
        site.AssertBalanced();
    }
}
