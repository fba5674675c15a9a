using System.Collections.Concurrent;
using System.Net;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>Two instances over one database, everything at once. What the server refuses as a conflict is run again.</summary>
public sealed class ConcurrentHostsTests
{
    private const int Devices = 6;
    private const int Rounds = 6;

    private static readonly string Writer = ConfigWriters.Device(new Epoch(7));

    [Fact]
    public async Task Each_command_is_created_told_to_run_and_ended_once_whichever_instance_is_asked()
    {
        await using var one = await CommandsHost.StartLiveAsync(ContractDatabase.Server);
        await using var two = await one.StartSecondAsync();
        var told = new ConcurrentBag<CommandId>();
        var devices = await RegisterAsync(one);

        await Task.WhenAll(devices.SelectMany(id => new[] { CreateAsync(one, id), CreateAsync(two, id), WorkAsync(one, id, 1), WorkAsync(two, id, 2) }));
        await Task.WhenAll(devices.Select(id => WorkAsync(one, id, 3)));

        Assert.Equal(Devices * Rounds * 2, told.Count);
        Assert.Equal(told.Count, told.Distinct().Count());
        Assert.Equal(told.Count, await one.CountAsync("SELECT COUNT(*) FROM commands WHERE state = 'succeeded' AND delivered_at IS NOT NULL AND late = 0"));
        Assert.Equal(told.Count, await one.CountAsync("SELECT CAST(SUM(intent_version) AS INT8) FROM device_hints"));

        static async Task CreateAsync(CommandsHost host, DeviceId id)
        {
            for (var i = 0; i < Rounds; i++)
            {
                await host.Device(id).CreateAsync();
            }
        }

        // The same device through both instances at once, as when a request is sent again elsewhere: each time as another run of its program.
        async Task WorkAsync(CommandsHost host, DeviceId id, int run)
        {
            var device = host.Device(id);
            device.Boot = new Boot(1, run);
            for (var i = 0; i < Rounds; i++)
            {
                foreach (var command in (await PullAsync(device)).Commands)
                {
                    if ((await device.ReceiveAsync(command.Id)).Verdict == ReceiptVerdict.Run)
                    {
                        told.Add(command.Id);
                        await device.CompleteAsync(command.Id);
                    }
                }
            }
        }
    }

    /// <summary>As a live process does: while another run's number is not lower, it takes a higher one and asks again.</summary>
    private static async Task<CommandDelivery> PullAsync(DeviceDriver device)
    {
        while (true)
        {
            using var answer = await device.Client.SendAsync(
                HttpMethod.Get, $"{Routes.Commands}?epoch={device.LiveEpoch}&boot={device.Boot.Number}&nonce={device.Boot.Nonce}");
            if (answer.StatusCode is not HttpStatusCode.Conflict)
            {
                return await answer.ReadAsync<CommandDelivery>();
            }

            device.Boot = device.Boot with { Number = (await Task.FromResult(answer).RefusedAsync(ProblemTypes.StaleBoot)).Boot!.Value + 1 };
        }
    }

    [Fact]
    public async Task Pulls_of_a_device_at_once_share_what_waits()
    {
        await using var one = await CommandsHost.StartLiveAsync(ContractDatabase.Server);
        await using var two = await one.StartSecondAsync();
        var id = (await RegisterAsync(one))[0];
        for (var i = 0; i < 30; i++)
        {
            await one.Device(id).CreateAsync();
        }

        var deliveries = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? one : two).Device(id).PullAsync()));

        Assert.Equal(30, deliveries.SelectMany(delivery => delivery.Commands).Select(command => command.Id).Distinct().Count());
        Assert.Equal(30, deliveries.Sum(delivery => delivery.Commands.Count));
        Assert.Equal(30, await one.CountAsync("SELECT COUNT(*) FROM commands WHERE state = 'leased' AND attempts = 1"));
    }

    [Fact]
    public async Task Every_configuration_write_gets_a_version_of_its_own_and_none_is_lost()
    {
        await using var one = await CommandsHost.StartLiveAsync(ContractDatabase.Server);
        await using var two = await one.StartSecondAsync();
        var devices = await RegisterAsync(one);

        await Task.WhenAll(devices.SelectMany(id => new[] { WriteAsync(one, id, "a"), WriteAsync(two, id, "b"), ExchangeAsync(one, id), ExchangeAsync(two, id) }));

        foreach (var id in devices)
        {
            var document = await one.Device(id).DocumentAsync();
            Assert.Equal((Rounds, Rounds), (Value(document, "a"), Value(document, "b")));
            // Both instances were sent the device's writes; the second copy of each changes nothing.
            Assert.Equal(Rounds * 3, document.Version);
            Assert.Equal(document.Entries.Count, document.Entries.Select(entry => entry.Version).Distinct().Count());
        }

        Assert.Equal(Devices * Rounds * 2, await one.CountAsync("SELECT CAST(SUM(intent_version) AS INT8) FROM device_hints"));

        // Counts up by reading and writing what was read: a lost update would show.
        static async Task WriteAsync(CommandsHost host, DeviceId id, string key)
        {
            var device = host.Device(id);
            ConfigView? seen = null;
            for (var i = 1; i <= Rounds; i++)
            {
                seen = await device.PutAsync(key, $"{i}", seen?.Version ?? 0);
            }
        }

        static async Task ExchangeAsync(CommandsHost host, DeviceId id)
        {
            for (var i = 1; i <= Rounds; i++)
            {
                await host.Device(id).ExchangeAsync(0, [new ConfigEntry($"key{i}", VersionVector.Empty.Increment(Writer), new HybridTime(i, 0), Writer, 0, new JsonValue("1"))]);
            }
        }

        static int Value(ConfigDocument document, string key) => int.Parse(document.Entries.Single(entry => entry.Entry.Key == key).Entry.Value!.Value.Text, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Registrations_of_the_same_devices_at_once_do_not_wait_for_each_other_forever()
    {
        await using var one = await CommandsHost.StartLiveAsync(ContractDatabase.Server);
        await using var two = await one.StartSecondAsync();
        var devices = Enumerable.Range(1, DeviceRules.RegistrationsMax).Select(i => new DeviceRegistration(new DeviceId(new Guid(i, 0, 0, new byte[8])), $"d{i}")).ToList();

        var answers = await Task.WhenAll(new[] { one, two, one, two }.Select((host, i) =>
            host.Operator.SendAsync(HttpMethod.Post, Routes.Devices, new DeviceRegistrations([.. i < 2 ? devices : devices.AsEnumerable().Reverse()]))));

        Assert.All(answers, answer => Assert.Equal(System.Net.HttpStatusCode.NoContent, answer.StatusCode));
        Assert.Equal(devices.Count, await one.CountAsync("SELECT COUNT(*) FROM devices"));
    }

    private static async Task<DeviceId[]> RegisterAsync(CommandsHost host)
    {
        var ids = Enumerable.Range(1, Devices).Select(i => new DeviceId(new Guid(i, 0, 0, new byte[8]))).ToArray();
        await host.Operator.SendAsync(HttpMethod.Post, Routes.Devices, new DeviceRegistrations([.. ids.Select(id => new DeviceRegistration(id, "pump"))]));
        return ids;
    }
}
