using EdgeSync.Protocol;

namespace EdgeSync.EndToEnd.Tests;

public sealed class OfflineToOnlineTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task What_a_device_collects_while_nobody_answers_arrives_in_order_and_once()
    {
        var device = await site.AddDeviceAsync(options => options with { BatchReadingsMax = 50, SyncInterval = TimeSpan.FromMilliseconds(50) });
        device.Start();
        device.Produce(10);
        await device.DrainAsync();

        await site.StopControlPlaneAsync();
        await Eventually.BecomesAsync(
            () => Task.FromResult(device.Device.Status),
            status =>
            {
                device.Produce(10);
                return status.Reason != "ok" && status.PendingRecords >= 400;
            },
            "the device has noticed and has collected on");
        var produced = device.Device.Status;
        await site.StartControlPlaneAsync();
        await device.DrainAsync();

        Assert.Equal("ok", device.Device.Status.Reason);
        var stored = site.ReadStored(device);
        Assert.True(stored.Count >= produced.PendingRecords + 10);
        Assert.Equal(Enumerable.Range(1, stored.Count).Select(number => (long)number), stored.Select(row => row.Name.Number));
        Assert.Single(stored.Select(row => row.Name.Epoch).Distinct());
        Assert.Equal(stored.Count, site.AssertBalanced().Produced);
    }

    [Fact]
    public async Task Commands_and_configuration_of_the_time_apart_reach_the_device_when_it_comes_back()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        await device.DrainAsync();
        await device.StopAsync();

        var command = await site.Operators.IssueAsync(device);
        await site.Operators.SetConfigAsync(device, "sampling.interval", "250");
        await device.RestartAsync();

        Assert.Equal(CommandState.Succeeded, (await site.Operators.EndOfAsync(device, command)).State);
        await device.DrainAsync();
        Assert.Equal("250", device.Device.Config.Get("sampling.interval")?.ToString());
        site.AssertBalanced();
    }
}
