using EdgeSync.Protocol;

namespace EdgeSync.EndToEnd.Tests;

public sealed class ConflictTests(Site site) : IClassFixture<Site>
{
    private const string Key = "panel.setpoint";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Written_by_both_while_apart_a_key_becomes_the_same_on_both_sides_and_the_conflict_is_kept_once(bool deviceWritesLast)
    {
        var device = await site.AddDeviceAsync();
        if (!deviceWritesLast)
        {
            device.Device.Config.Set(Key, new JsonValue("21"));
        }

        await site.Operators.SetConfigAsync(device, Key, "22");
        if (deviceWritesLast)
        {
            device.Device.Config.Set(Key, new JsonValue("21"));
        }

        device.Start();
        await device.DrainAsync();
        await device.RestartAsync();
        await device.DrainAsync();

        var last = deviceWritesLast ? "21" : "22";
        Assert.Equal(last, device.Device.Config.Get(Key)?.ToString());
        Assert.Equal(last, await site.Operators.GetConfigAsync(device, Key));
        var conflict = Assert.Single(await site.Operators.ConflictsAsync(device));
        Assert.Equal((Key, last, ConfigRule.LastWriterWins), (conflict.Winner.Key, conflict.Winner.Value?.ToString(), conflict.Rule));
        Assert.Equal(deviceWritesLast ? "22" : "21", conflict.Loser.Value?.ToString());
        site.AssertBalanced();
    }

    [Fact]
    public async Task Writes_that_follow_each_other_are_no_conflict()
    {
        var device = await site.AddDeviceAsync();
        device.Start();
        device.Device.Config.Set(Key, new JsonValue("1"));
        await device.DrainAsync();

        await site.Operators.SetConfigAsync(device, Key, "2");
        await Eventually.BecomesAsync(() => Task.FromResult(device.Device.Config.Get(Key)?.ToString()), value => value == "2", "the operator's value is in force on the device");
        device.Device.Config.Set(Key, new JsonValue("3"));
        await device.DrainAsync();

        Assert.Equal("3", await site.Operators.GetConfigAsync(device, Key));
        Assert.Empty(await site.Operators.ConflictsAsync(device));
    }

    [Fact]
    public async Task Both_write_again_and_again_while_apart_and_converge_on_every_key()
    {
        var device = await site.AddDeviceAsync();
        var random = new Random(5);
        for (var round = 0; round < 3; round++)
        {
            for (var write = 0; write < 20; write++)
            {
                var (key, value) = ($"panel.key{random.Next(4)}", $"{random.Next(100)}");
                if (random.Next(2) == 0)
                {
                    device.Device.Config.Set(key, new JsonValue(value));
                }
                else
                {
                    await site.Operators.SetConfigAsync(device, key, value);
                }
            }

            await device.RestartAsync();
            await device.DrainAsync();
            await device.StopAsync();
            await device.RestartAsync();
        }

        await device.DrainAsync();

        // The audit compares configuration key by key.
        site.AssertBalanced();
        foreach (var (key, value) in device.Device.Config.All())
        {
            Assert.Equal(value.ToString(), await site.Operators.GetConfigAsync(device, key));
        }
    }
}
