namespace EdgeSync.EndToEnd.Tests;

public sealed class RolledBackFileTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task An_older_copy_goes_on_in_a_new_stream_and_nothing_is_lost()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        device.Produce(10);
        await device.DrainAsync();
        var copy = device.CopyFile("older.db");
        var before = device.Device.Status.LiveEpoch;
        device.Produce(20);
        await device.DrainAsync();

        await device.RestoreAsync(copy);
        device.Produce(5);
        device.Start();
        await device.DrainAsync();

        Assert.NotEqual(before, device.Device.Status.LiveEpoch);
        var audit = site.AssertBalanced();
        Assert.Equal((35L, 0L), (site.ReadStored(device).Count, audit.Lost));
        Assert.Equal([30, 5], site.ReadStored(device).GroupBy(row => row.Name.Epoch).OrderByDescending(stream => stream.Key == before).Select(stream => stream.Count()));
    }

    [Fact]
    public async Task A_copy_that_has_nothing_new_is_noticed_too()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        var copy = device.CopyFile("empty.db");
        device.Produce(10);
        await device.DrainAsync();

        await device.RestoreAsync(copy);
        device.Start();
        device.Produce(3);
        await device.DrainAsync();
        device.Produce(3);
        await device.DrainAsync();

        Assert.Equal(16, site.ReadStored(device).Count);
        site.AssertBalanced();
    }

    [Fact]
    public async Task Rows_that_moved_once_are_recognised_when_their_copy_is_restored_again()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        device.Produce(10);
        await device.DrainAsync();
        var first = device.CopyFile("first.db");
        device.Produce(10);
        await device.DrainAsync();

        // The same numbers a second time, unsent, and a copy that holds them.
        await device.RestoreAsync(first);
        device.Produce(5);
        var unsent = device.CopyFile("unsent.db");
        for (var time = 0; time < 2; time++)
        {
            await device.RestoreAsync(unsent);
            device.Start();
            await device.DrainAsync();
            Assert.Equal(25, site.ReadStored(device).Count);
            site.AssertBalanced();
        }

        // And once more with rows behind those that moved: they part from what the first restoration sent there.
        device.Produce(4);
        await device.DrainAsync();
        await device.RestoreAsync(unsent);
        device.Produce(3);
        device.Start();
        await device.DrainAsync();

        Assert.Equal(32, site.ReadStored(device).Count);
        site.AssertBalanced();
    }

    [Fact]
    public async Task A_copy_that_holds_unsent_rows_which_were_sent_since_sends_none_of_them_twice()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        device.Produce(10);
        await device.DrainAsync();
        await device.StopAsync();
        await device.RestoreAsync(device.CopyFile("stopped.db"));
        device.Produce(7);
        var copy = device.CopyFile("unsent.db");

        for (var time = 0; time < 3; time++)
        {
            await device.RestoreAsync(copy);
            device.Start();
            device.Produce(2);
            await device.DrainAsync();
        }

        Assert.Equal(10 + 7 + 3 * 2, site.ReadStored(device).Count);
        site.AssertBalanced();
    }

    [Fact]
    public async Task A_command_that_ran_before_the_copy_came_back_does_not_run_again()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        device.Produce(1);
        await device.DrainAsync();
        var copy = device.CopyFile("before-the-command.db");
        var command = await site.Operators.IssueAsync(device);
        await site.Operators.EndOfAsync(device, command);

        await device.RestoreAsync(copy);
        device.Start();
        var next = await site.Operators.IssueAsync(device);
        await site.Operators.EndOfAsync(device, next);
        await device.DrainAsync();

        Assert.Equal(2, site.AssertBalanced().CommandsSucceeded);
    }
}
