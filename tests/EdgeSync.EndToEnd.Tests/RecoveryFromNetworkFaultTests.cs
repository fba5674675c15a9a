using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;

namespace EdgeSync.EndToEnd.Tests;

public sealed class RecoveryFromNetworkFaultTests(Site site) : IClassFixture<Site>
{
    private static readonly FaultProfile Bad = new(TimeSpan.FromMilliseconds(5), DropBefore: 0.2, DropAfter: 0.3, Duplicate: 0.3, OnlineMean: TimeSpan.Zero, OfflineMean: TimeSpan.Zero);

    [Fact]
    public async Task Lost_requests_lost_answers_and_duplicates_neither_lose_nor_double_a_reading()
    {
        var device = await site.AddDeviceAsync(options => options with { BatchReadingsMax = 10 }, Bad);
        device.Start();
        device.Network.Begin();

        for (var round = 0; round < 5; round++)
        {
            device.Produce(50);
            await device.DrainAsync();
        }

        Assert.True(device.Network.Faults > 5, "The network made no faults.");
        Assert.True(device.Device.Status.Counters.ResentBatches > 0, "No batch was sent again.");
        Assert.Equal(250, site.ReadStored(device).Count);
        site.AssertBalanced();
    }

    [Fact]
    public async Task Commands_over_a_bad_network_take_effect_once()
    {
        var device = await site.AddDeviceAsync(faults: Bad);
        device.Start();
        device.Network.Begin();

        var commands = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => site.Operators.IssueAsync(device)));
        device.Device.Config.Set("panel.mode", new JsonValue("\"eco\""));
        await Eventually.BecomesAsync(
            async () =>
            {
                await device.DrainAsync();
                return await Task.WhenAll(commands.Select(command => site.Operators.ReadAsync(device, command)));
            },
            views => views.All(view => view.State == CommandState.Succeeded),
            "all commands have succeeded");

        var effects = JournalReader.Read(site.Folder.Journals).Effects;
        Assert.All(commands, command => Assert.Equal(1, effects[command]));
        Assert.Equal("\"eco\"", await site.Operators.GetConfigAsync(device, "panel.mode"));
        site.AssertBalanced();
    }

    [Fact]
    public async Task A_device_that_goes_on_and_off_line_delivers_everything_when_the_network_heals()
    {
        var device = await site.AddDeviceAsync(
            options => options with { BatchReadingsMax = 10, SyncInterval = TimeSpan.FromMilliseconds(20) },
            Bad with { OnlineMean = TimeSpan.FromMilliseconds(100), OfflineMean = TimeSpan.FromMilliseconds(50) });
        device.Start();
        device.Network.Begin();

        await Eventually.BecomesAsync(
            () => Task.FromResult(device.Network.Faults),
            faults =>
            {
                device.Produce(10);
                return faults > 15;
            },
            "the network has made its faults");
        device.Network.Heal();
        await device.DrainAsync();

        Assert.Equal(0, device.Device.Status.PendingRecords);
        site.AssertBalanced();
    }
}
