using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class ConfigPatchTests(ContractDatabase on)
{
    [Fact]
    public async Task Several_keys_are_written_all_or_none()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await device.PutAsync("old", "1");

        var document = await device.PatchAsync(new ConfigPatch(new() { ["b"] = new("2"), ["a"] = new("1"), ["old"] = JsonValue.Null, ["never"] = JsonValue.Null }, 1, new ConfigHealth("pump", 60)));

        Assert.Equal(4, document.Version);
        Assert.Equal([("a", "1", 2L), ("b", "2", 3L)], document.Entries.Select(view => (view.Entry.Key, view.Entry.Value!.Value.Text, view.Version)));
        Assert.All(document.Entries, view => Assert.Equal(new ConfigHealth("pump", 60), view.Entry.Health));
        await host.Operator.SendAsync(HttpMethod.Patch, device.ConfigPath, new ConfigPatch(new() { ["a"] = new("5") }, 1)).RefusedAsync(ProblemTypes.VersionConflict);
        await host.Operator.SendAsync(HttpMethod.Patch, device.ConfigPath, new ConfigPatch(new() { ["a"] = new("5"), ["no spaces"] = new("5") })).RefusedAsync(ProblemTypes.Validation);
        Assert.Equal(document.Hash, (await device.DocumentAsync()).Hash);
        var answer = await device.ExchangeAsync(0);
        Assert.Equal(document.Hash, answer.DocumentHash);
        Assert.Equal(["a", "b", "old"], answer.Entries.Select(entry => entry.Key).Order());
    }

    [Fact]
    public async Task A_patch_that_changes_nothing_is_no_version()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        Assert.Equal(0, (await device.PatchAsync(new ConfigPatch(new() { ["never"] = JsonValue.Null }))).Version);
    }

    [Fact]
    public async Task A_patch_without_room_for_all_its_keys_writes_none()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        Dictionary<string, JsonValue> Page(int page, int keys) => Enumerable.Range(0, keys).ToDictionary(i => $"key{page}.{i}", _ => new JsonValue("1"));
        for (var page = 0; page < 10; page++)
        {
            await device.PatchAsync(new ConfigPatch(Page(page, page == 9 ? 99 : 100)));
        }

        await host.Operator.SendAsync(HttpMethod.Patch, device.ConfigPath, new ConfigPatch(Page(10, 2))).RefusedAsync(ProblemTypes.Validation);

        Assert.Equal(999, (await device.DocumentAsync()).Version);
        Assert.Equal(1_000, (await device.PatchAsync(new ConfigPatch(Page(10, 1)))).Version);
    }

    [Fact]
    public async Task A_sealed_key_is_signed_also_among_others()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        var document = await device.PatchAsync(new ConfigPatch(new() { ["edgesync.limit"] = new("5"), ["mode"] = new("1") }));

        Assert.NotNull(SignedConfig.Carried(document.Entries.Single(view => view.Entry.Key == "edgesync.limit").Entry.Value));
        Assert.Equal("1", document.Entries.Single(view => view.Entry.Key == "mode").Entry.Value?.Text);
        var refused = await host.Operator.SendAsync(HttpMethod.Patch, device.ConfigPath, new ConfigPatch(new() { [PinSet.ConfigKey] = new("5") }, null, new ConfigHealth("pump", 60))).RefusedAsync(ProblemTypes.Validation);
        Assert.Equal(["health", $"values.{PinSet.ConfigKey}"], refused.Errors!.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", 60)]
    [InlineData("pump works", 60)]
    [InlineData("pump", 0)]
    [InlineData("pump", Limits.ConfigProbationSecondsMax + 1)]
    public async Task A_condition_that_no_device_could_watch_is_refused(string check, int seconds)
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        var problem = await host.Operator.SendAsync(HttpMethod.Put, $"{device.ConfigPath}/mode", new ConfigWrite(new JsonValue("1"), null, new ConfigHealth(check, seconds))).RefusedAsync(ProblemTypes.Validation);

        Assert.Equal(["health"], problem.Errors!.Keys);
    }

    [Fact]
    public async Task A_report_is_kept_with_what_the_device_goes_by_and_when_it_came()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var first = (await device.PutAsync("mode", "1")).Entry;
        var second = (await device.PutAsync("mode", "2")).Entry;
        await device.ExchangeAsync(0);
        host.Time.Advance(TimeSpan.FromSeconds(5));
        var at = host.Time.GetMicroseconds();

        await device.ExchangeAsync(2, null, [new ConfigReport("mode", second.Vector, ConfigStatus.RolledBack, "no pressure", new JsonValue("1"))]);
        host.Time.Advance(TimeSpan.FromSeconds(5));
        await device.ExchangeAsync(2, null, [new ConfigReport("mode", first.Vector, ConfigStatus.Applied, null, new JsonValue("1"))]);

        var view = Assert.Single((await device.DocumentAsync()).Entries);
        Assert.Equal((new ConfigReport("mode", second.Vector, ConfigStatus.RolledBack, "no pressure", new JsonValue("1")), at), (view.Report, view.ReportedAt));
    }

    [Fact]
    public async Task An_operator_sees_which_version_the_device_was_told_of_and_an_exchange_without_news_writes_nothing()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await device.ExchangeAsync(0);
        Assert.Null((await device.DocumentAsync()).DeviceVersion);
        await device.PutAsync("mode", "1");
        Assert.Null((await device.DocumentAsync()).DeviceVersion);
        var at = host.Time.GetMicroseconds();

        await device.ExchangeAsync(0);
        host.Time.Advance(TimeSpan.FromSeconds(5));
        await device.ExchangeAsync(1);

        var document = await device.DocumentAsync();
        Assert.Equal((1, 1, at), (document.Version, document.DeviceVersion, document.DeviceSyncedAt));
        await device.PutAsync("mode", "2");
        Assert.Equal((2, 1), ((await device.DocumentAsync()).Version, (await device.DocumentAsync()).DeviceVersion));
    }
}

public sealed class ConfigPatchTestsOnSqlite() : ConfigPatchTests(ContractDatabase.Sqlite);

public sealed class ConfigPatchTestsOnDoubtfulSqlite() : ConfigPatchTests(ContractDatabase.DoubtfulSqlite);

public sealed class ConfigPatchTestsOnServer() : ConfigPatchTests(ContractDatabase.Server);
