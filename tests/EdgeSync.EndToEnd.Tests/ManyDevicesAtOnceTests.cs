namespace EdgeSync.EndToEnd.Tests;

public sealed class ManyDevicesAtOnceTests(Site site) : IClassFixture<Site>
{
    private const int Devices = 40;
    private const int Rounds = 5;
    private const int ReadingsARound = 20;

    [Fact]
    public async Task Forty_devices_sync_at_once_and_the_audit_balances()
    {
        var devices = new List<FieldDevice>();
        for (var i = 0; i < Devices; i++)
        {
            devices.Add(await site.AddDeviceAsync(options => options with { BatchReadingsMax = 15 }));
        }

        devices.ForEach(device => device.Start());
        await Task.WhenAll(devices.Select(WorkAsync));

        var audit = site.AssertBalanced();
        Assert.Equal(Devices * Rounds * ReadingsARound, audit.Stored);
        Assert.Equal((Devices, Devices, 0L), (audit.CommandsIssued, audit.CommandsSucceeded, audit.ExtraStreams));
    }

    private async Task WorkAsync(FieldDevice device)
    {
        var command = await site.Operators.IssueAsync(device);
        for (var round = 0; round < Rounds; round++)
        {
            device.Produce(ReadingsARound);
            await device.DrainAsync();
        }

        await site.Operators.EndOfAsync(device, command);
    }
}
