using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class DeviceRegistryTests(ContractDatabase on)
{
    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    [Fact]
    public async Task Registering_again_keeps_the_state_and_takes_the_new_name_and_labels()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.RegisterAsync();
        await host.ExecuteAsync("UPDATE devices SET state = 'disabled'");
        var createdAt = host.Time.GetMicroseconds();
        host.Time.Advance(TimeSpan.FromHours(1));

        await host.Operator.SendAsync(HttpMethod.Post, Routes.Devices, new DeviceRegistrations([new DeviceRegistration(Pump, "pump 2", new() { ["site"] = "north" })]));

        var view = await host.Operator.SendAsync<DeviceView>(HttpMethod.Get, $"{Routes.Devices}/{Pump}");
        Assert.Equal(("pump 2", DeviceState.Disabled, "north", createdAt), (view.Name, view.State, view.Labels["site"], view.CreatedAt));
    }

    [Fact]
    public async Task A_thousand_devices_register_at_once_and_are_listed_in_pages()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var devices = Enumerable.Range(1, DeviceRules.RegistrationsMax).Select(i => new DeviceRegistration(new DeviceId(new Guid(i, 0, 0, new byte[8])), $"d{i}")).ToList();
        await host.Operator.SendAsync(HttpMethod.Post, Routes.Devices, new DeviceRegistrations(devices));

        var listed = new List<DeviceId>();
        var pages = 0;
        for (string? after = ""; after is not null; pages++)
        {
            var page = await host.Operator.SendAsync<Page<DeviceView>>(HttpMethod.Get, Routes.Devices + (after == "" ? "?limit=400" : $"?limit=400&after={after}"));
            listed.AddRange(page.Items.Select(device => device.Id));
            after = page.Next;
        }

        Assert.Equal(3, pages);
        Assert.Equal(devices.Select(device => device.Id), listed);
    }

    [Fact]
    public async Task A_selector_lists_those_that_it_names_and_the_next_leads_on_from_an_empty_page()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var devices = await host.RegisterManyAsync(10_500, i => new() { ["site"] = i is 3 or 5 or 10_400 ? "north" : "south" });

        var first = await host.Operator.SendAsync<Page<DeviceView>>(HttpMethod.Get, $"{Routes.Devices}?selector=site%3Dnorth&limit=1");
        var second = await host.Operator.SendAsync<Page<DeviceView>>(HttpMethod.Get, $"{Routes.Devices}?selector=site%3Dnorth&after={first.Next}");
        var third = await host.Operator.SendAsync<Page<DeviceView>>(HttpMethod.Get, $"{Routes.Devices}?selector=site%3Dnorth&after={second.Next}");

        Assert.Equal(devices[3], Assert.Single(first.Items).Id);
        Assert.Equal(devices[5], Assert.Single(second.Items).Id);
        Assert.NotEqual(devices[5].ToString(), second.Next);
        Assert.Equal((devices[10_400], null), (Assert.Single(third.Items).Id, third.Next));
        var problem = await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.Devices}?selector=site+in+north").RefusedAsync(ProblemTypes.Validation);
        Assert.Contains("character 9", problem.Errors!["selector"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unregistered_device_is_unknown_and_one_that_was_stopped_is_told_so()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = host.Device(Pump);

        foreach (var (method, path, body) in DeviceCalls(device))
        {
            await device.Client.SendAsync(method, path, body).RefusedAsync(ProblemTypes.DeviceUnknown);
        }

        await host.RegisterAsync();
        foreach (var (state, refusal) in new[] { ("disabled", ProblemTypes.DeviceDisabled), ("quarantined", ProblemTypes.DeviceQuarantined) })
        {
            await host.ExecuteAsync($"UPDATE devices SET state = '{state}'");
            foreach (var (method, path, body) in DeviceCalls(device))
            {
                await device.Client.SendAsync(method, path, body).RefusedAsync(refusal);
            }
        }
    }

    [Fact]
    public async Task A_request_without_a_token_is_refused()
    {
        await using var host = await CommandsHost.StartAsync(on);
        using var nobody = host.Client();

        foreach (var (method, path, body) in DeviceCalls(host.Device(Pump)))
        {
            await nobody.SendAsync(method, path, body).RefusedAsync(ProblemTypes.TokenMissing);
        }
    }

    [Theory]
    [InlineData("""{"devices":[]}""", "devices")]
    [InlineData("""{"devices":[null]}""", "devices[0]")]
    [InlineData("""{"devices":[{"id":"0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10","name":""}]}""", "devices[0].name")]
    [InlineData("""{"devices":[{"id":"0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10","name":"a"},{"id":"0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10","name":"b"}]}""", "devices[1].id")]
    [InlineData("""{"devices":[{"id":"0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10","name":"a","labels":{"":"x"}}]}""", "devices[0].labels")]
    [InlineData("""{"devices":[{"id":"0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10","name":"a","labels":{"site":null}}]}""", "devices[0].labels")]
    public void A_registration_with_bad_values_is_refused(string json, string field) =>
        Assert.Equal(field, Assert.Single(DeviceRules.Check(JsonSerializer.Deserialize(json, ProtocolJson.Default.DeviceRegistrations)!).All).Key);

    [Fact]
    public async Task A_bad_registration_or_list_is_answered_with_what_to_change()
    {
        await using var host = await CommandsHost.StartAsync(on);

        var problem = await host.Operator.SendAsync(HttpMethod.Post, Routes.Devices, new DeviceRegistrations([])).RefusedAsync(ProblemTypes.Validation);

        Assert.Equal("Register 1 to 1000 devices at once.", problem.Errors!["devices"]);
        foreach (var (query, field) in new[] { ("?limit=no", "limit"), ("?after=pump", "after") })
        {
            problem = await host.Operator.SendAsync(HttpMethod.Get, Routes.Devices + query).RefusedAsync(ProblemTypes.Validation);
            Assert.Equal(field, Assert.Single(problem.Errors!).Key);
        }
    }

    private static IEnumerable<(HttpMethod Method, string Path, object? Body)> DeviceCalls(DeviceDriver device) =>
    [
        (HttpMethod.Get, Routes.Commands, null),
        (HttpMethod.Get, Routes.Events, null),
        (HttpMethod.Post, Routes.CommandReceipts, new ReceiptRequest(device.Boot, device.LiveEpoch, [])),
        (HttpMethod.Post, Routes.CommandResults, new ResultRequest(device.Boot, device.LiveEpoch, [])),
        (HttpMethod.Post, Routes.Config, new ConfigExchange(device.Boot, 0, [], [])),
    ];
}

public sealed class DeviceRegistryTestsOnSqlite() : DeviceRegistryTests(ContractDatabase.Sqlite);

public sealed class DeviceRegistryTestsOnServer() : DeviceRegistryTests(ContractDatabase.Server);

public sealed class DeviceRegistryTestsOfDoubtfulCommits() : DeviceRegistryTests(ContractDatabase.DoubtfulServer);
