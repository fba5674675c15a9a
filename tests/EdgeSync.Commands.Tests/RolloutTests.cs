using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class RolloutTests(ContractDatabase on)
{
    private static readonly ConfigHealth Health = new("pump", 60);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rollout_goes_stage_by_stage_and_each_waits_for_the_one_before()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var devices = await RegisterAsync(host, 5);
        var rollout = await CreateAsync(host, New(soakSeconds: 30));
        Assert.Equal((RolloutState.Running, 1), (rollout.State, rollout.Stage));

        var first = await GoOnAsync(host, rollout);
        Assert.Equal([(1, 0, 1, 0, 0), (4, 4, 0, 0, 0)], Stages(first));
        var canary = Assert.Single(await DevicesAsync(host, rollout, "?state=written")).Device;
        var answer = await devices[canary].TakeAsync(0, entry => Report(entry, ConfigStatus.Probation));
        Assert.Equal((Health, new JsonValue("2")), (Assert.Single((await devices[canary].DocumentAsync()).Entries).Entry.Health, Assert.Single((await devices[canary].DocumentAsync()).Entries).Entry.Value));
        Assert.Equal([(1, 0, 1, 0, 0), (4, 4, 0, 0, 0)], Stages(await GoOnAsync(host, rollout)));
        await devices[canary].ExchangeAsync(answer.Version, null, [Report((await devices[canary].DocumentAsync()).Entries[0].Entry, ConfigStatus.Applied)]);
        Assert.Equal([(1, 0, 0, 1, 0), (4, 4, 0, 0, 0)], Stages(await GoOnAsync(host, rollout)));
        Assert.Equal(1, (await ViewAsync(host, rollout)).Stage);

        host.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal([(1, 0, 0, 1, 0), (4, 0, 4, 0, 0)], Stages(await GoOnAsync(host, rollout)));
        foreach (var (id, device) in devices.Where(pair => pair.Key != canary))
        {
            await device.TakeAsync(0, entry => Report(entry, ConfigStatus.Applied));
        }

        await GoOnAsync(host, rollout);
        host.Time.Advance(TimeSpan.FromSeconds(30));
        var over = await GoOnAsync(host, rollout);

        Assert.Equal((RolloutState.Completed, 2), (over.State, over.Stage));
        Assert.Equal([(1, 0, 0, 1, 0), (4, 0, 0, 4, 0)], Stages(over));
        Assert.Equal(5, (await DevicesAsync(host, rollout, "?state=applied")).Count);
    }

    [Fact]
    public async Task A_canary_that_rolls_back_halts_it_and_the_others_never_see_the_change()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var devices = await RegisterAsync(host, 4);
        var rollout = await CreateAsync(host, New());
        await GoOnAsync(host, rollout);
        var canary = Assert.Single(await DevicesAsync(host, rollout, "?state=written")).Device;
        await devices[canary].TakeAsync(0, entry => Report(entry, ConfigStatus.RolledBack, "Check pump: no pressure"));

        var halted = await GoOnAsync(host, rollout);

        Assert.Equal((RolloutState.Halted, "1 of 1 devices of stage 1 have failed; at most 0 percent may."), (halted.State, halted.Reason));
        var failed = Assert.Single(await DevicesAsync(host, rollout, "?state=failed"));
        Assert.Equal((canary, "mode: rolled-back: Check pump: no pressure"), (failed.Device, failed.Reason));
        foreach (var (id, device) in devices.Where(pair => pair.Key != canary))
        {
            Assert.Empty((await device.DocumentAsync()).Entries);
        }

        await Steer(host, rollout, "resume", new RolloutChange("go on")).RefusedAsync(ProblemTypes.RolloutConflict);
        await Steer(host, rollout, "pause", new RolloutChange("wait")).RefusedAsync(ProblemTypes.RolloutConflict);
        var resumed = await host.Operator.SendAsync<RolloutView>(HttpMethod.Post, $"{Routes.Rollouts}/{rollout.Id}/resume", new RolloutChange("known, goes on", 100));
        Assert.Equal((RolloutState.Running, 100), (resumed.State, resumed.Rollout.FailurePercentMax));
        Assert.Equal([(1, 0, 0, 0, 1), (3, 0, 3, 0, 0)], Stages(await GoOnAsync(host, rollout)));
        var document = await devices[canary].DocumentAsync();
        await devices[canary].ExchangeAsync(document.Version, null, [Report(document.Entries[0].Entry, ConfigStatus.Applied)]);
        Assert.Equal([(1, 0, 0, 1, 0), (3, 0, 3, 0, 0)], Stages(await GoOnAsync(host, rollout)));
    }

    [Fact]
    public async Task A_device_that_says_nothing_fails_when_the_stage_s_time_is_over_and_counts_once_it_has_said_it()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var devices = await RegisterAsync(host, 3);
        var rollout = await CreateAsync(host, New() with { FailurePercentMax = 100 });
        await GoOnAsync(host, rollout);
        var canary = Assert.Single(await DevicesAsync(host, rollout, "?state=written")).Device;

        host.Time.Advance(TimeSpan.FromSeconds(600));
        var second = await GoOnAsync(host, rollout);

        Assert.Equal((RolloutState.Running, 2), (second.State, second.Stage));
        Assert.Equal("It was not applied within the stage's time of 600 seconds.", Assert.Single(await DevicesAsync(host, rollout, "?state=failed")).Reason);
        await devices[canary].TakeAsync(0, entry => Report(entry, ConfigStatus.Applied));
        Assert.Equal([(1, 0, 0, 1, 0), (2, 0, 2, 0, 0)], Stages(await GoOnAsync(host, rollout)));
    }

    [Fact]
    public async Task A_paused_rollout_writes_nothing_and_an_aborted_one_stays_so()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var devices = await RegisterAsync(host, 3);
        var rollout = await CreateAsync(host, New());

        await host.Operator.SendAsync<RolloutView>(HttpMethod.Post, $"{Routes.Rollouts}/{rollout.Id}/pause", new RolloutChange("lunch"));
        var paused = await host.Operator.SendAsync<RolloutView>(HttpMethod.Post, $"{Routes.Rollouts}/{rollout.Id}/pause", new RolloutChange("lunch"));
        Assert.Equal((RolloutState.Paused, "lunch"), (paused.State, paused.Reason));
        host.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal([(1, 1, 0, 0, 0), (2, 2, 0, 0, 0)], Stages(await GoOnAsync(host, rollout)));
        var resumed = await host.Operator.SendAsync<RolloutView>(HttpMethod.Post, $"{Routes.Rollouts}/{rollout.Id}/resume", new RolloutChange("lunch is over"));
        Assert.Equal((RolloutState.Running, null, host.Time.GetMicroseconds()), (resumed.State, resumed.Reason, resumed.Stages[0].StartedAt));
        Assert.Equal([(1, 0, 1, 0, 0), (2, 2, 0, 0, 0)], Stages(await GoOnAsync(host, rollout)));

        await host.Operator.SendAsync<RolloutView>(HttpMethod.Post, $"{Routes.Rollouts}/{rollout.Id}/abort", new RolloutChange("wrong value"));
        await host.Operator.SendAsync<RolloutView>(HttpMethod.Post, $"{Routes.Rollouts}/{rollout.Id}/abort", new RolloutChange("wrong value"));
        await Steer(host, rollout, "resume", new RolloutChange("or not")).RefusedAsync(ProblemTypes.RolloutConflict);

        Assert.Equal([(1, 0, 1, 0, 0), (2, 2, 0, 0, 0)], Stages(await GoOnAsync(host, rollout)));
        Assert.Equal(1, await host.CountAsync("SELECT COUNT(*) FROM device_configs"));
        Assert.Equal(3, devices.Count);
    }

    [Fact]
    public async Task The_same_idempotency_key_is_the_same_rollout()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await RegisterAsync(host, 2);
        var wanted = New() with { IdempotencyKey = "k" };

        var first = await CreateAsync(host, wanted);
        var second = await CreateAsync(host, wanted);

        Assert.Equal(first.Id, second.Id);
        await host.Operator.SendAsync(HttpMethod.Post, Routes.Rollouts, wanted with { Name = "other" }).RefusedAsync(ProblemTypes.RolloutConflict);
        Assert.Equal(2, await host.CountAsync("SELECT COUNT(*) FROM rollout_devices"));
        Assert.Equal([first.Id], (await host.Operator.SendAsync<Page<RolloutView>>(HttpMethod.Get, Routes.Rollouts)).Items.Select(view => view.Id));
    }

    [Theory]
    [InlineData("site=nowhere", "selector", "names no device")]
    [InlineData("site=", "selector", "")]
    public async Task A_selector_that_names_nobody_is_refused(string selector, string field, string message)
    {
        await using var host = await CommandsHost.StartAsync(on);
        await RegisterAsync(host, 1);

        var problem = await host.Operator.SendAsync(HttpMethod.Post, Routes.Rollouts, New() with { Selector = selector }).RefusedAsync(ProblemTypes.Validation);

        Assert.Contains(message, problem.Errors![field], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_without_room_for_the_keys_has_failed_and_says_why()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var (_, device) = Assert.Single(await RegisterAsync(host, 1));
        for (var page = 0; page < Limits.ConfigKeysMax / Limits.ConfigEntriesMax; page++)
        {
            await device.PatchAsync(new ConfigPatch(Enumerable.Range(0, Limits.ConfigEntriesMax).ToDictionary(i => $"key{page}.{i}", _ => new JsonValue("1"))));
        }

        var rollout = await CreateAsync(host, New());
        var halted = await GoOnAsync(host, rollout);

        Assert.Equal(RolloutState.Halted, halted.State);
        Assert.Contains("at most 1000 keys", Assert.Single(await DevicesAsync(host, rollout, "")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_looks_at_once_write_each_device_once()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var devices = await RegisterAsync(host, 30);
        var rollout = await CreateAsync(host, New() with { Stages = [new RolloutStage(Percent: 100)] });
        var work = host.Get<RolloutWork>();

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => work.GoOnAsync(Ct)));

        Assert.Equal([(30, 0, 30, 0, 0)], Stages(await ViewAsync(host, rollout)));
        Assert.Equal(30, await host.CountAsync("SELECT SUM(version) FROM device_config_heads"));
        Assert.Equal(30, devices.Count);
    }

    [Fact]
    public async Task A_rollout_that_is_long_over_is_forgotten()
    {
        await using var host = await CommandsHost.StartAsync(on, ("Database:HistoryRetention", "1.00:00:00"));
        await RegisterAsync(host, 2);
        var over = await CreateAsync(host, New());
        var running = await CreateAsync(host, New() with { Name = "other" });
        await host.Operator.SendAsync<RolloutView>(HttpMethod.Post, $"{Routes.Rollouts}/{over.Id}/abort", new RolloutChange("wrong value"));

        host.Time.Advance(TimeSpan.FromDays(2));
        await host.Get<HistorySweep>().SweepAsync(Ct);

        await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.Rollouts}/{over.Id}").RefusedAsync(ProblemTypes.NotFound);
        Assert.Equal(2, (await DevicesAsync(host, running, "")).Count);
        Assert.Equal(2, await host.CountAsync("SELECT COUNT(*) FROM rollout_devices"));
    }

    private static CreateRollout New(int soakSeconds = 0) => new(
        "faster", "site=north", new() { ["mode"] = new JsonValue("2") }, [new RolloutStage(Devices: 1), new RolloutStage(Percent: 100)], Health, StageTimeoutSeconds: 600, SoakSeconds: soakSeconds);

    private static async Task<Dictionary<DeviceId, DeviceDriver>> RegisterAsync(CommandsHost host, int count)
    {
        var ids = Enumerable.Range(1, count).Select(i => new DeviceId(new Guid(i, 0, 0, new byte[8]))).ToList();
        var registrations = ids.Select(id => new DeviceRegistration(id, "pump", new() { ["site"] = "north" })).Append(new DeviceRegistration(new DeviceId(new Guid(999, 0, 0, new byte[8])), "other"));
        using var answer = await host.Operator.SendAsync(HttpMethod.Post, Routes.Devices, new DeviceRegistrations([.. registrations]));
        Assert.True(answer.IsSuccessStatusCode);
        return ids.ToDictionary(id => id, host.Device);
    }

    private static Task<RolloutView> CreateAsync(CommandsHost host, CreateRollout rollout) => host.Operator.SendAsync<RolloutView>(HttpMethod.Post, Routes.Rollouts, rollout);

    private static Task<RolloutView> ViewAsync(CommandsHost host, RolloutView rollout) => host.Operator.SendAsync<RolloutView>(HttpMethod.Get, $"{Routes.Rollouts}/{rollout.Id}");

    private static async Task<IReadOnlyList<RolloutDeviceView>> DevicesAsync(CommandsHost host, RolloutView rollout, string query) =>
        (await host.Operator.SendAsync<Page<RolloutDeviceView>>(HttpMethod.Get, $"{Routes.Rollouts}/{rollout.Id}/devices{query}")).Items;

    private static Task<HttpResponseMessage> Steer(CommandsHost host, RolloutView rollout, string verb, RolloutChange change) =>
        host.Operator.SendAsync(HttpMethod.Post, $"{Routes.Rollouts}/{rollout.Id}/{verb}", change);

    private static async Task<RolloutView> GoOnAsync(CommandsHost host, RolloutView rollout)
    {
        // The first look may end before the last device.
        await host.Get<RolloutWork>().GoOnAsync(Ct);
        await host.Get<RolloutWork>().GoOnAsync(Ct);
        return await ViewAsync(host, rollout);
    }

    private static ConfigReport Report(ConfigEntry entry, ConfigStatus status, string? reason = null) => new(entry.Key, entry.Vector, status, reason, entry.Value);

    private static IEnumerable<(int, int, int, int, int)> Stages(RolloutView view) =>
        view.Stages.Select(stage => (stage.Devices, stage.Waiting, stage.Written, stage.Applied, stage.Failed));
}

public sealed class RolloutTestsOnSqlite() : RolloutTests(ContractDatabase.Sqlite);

public sealed class RolloutTestsOnDoubtfulSqlite() : RolloutTests(ContractDatabase.DoubtfulSqlite);

public sealed class RolloutTestsOnServer() : RolloutTests(ContractDatabase.Server);
