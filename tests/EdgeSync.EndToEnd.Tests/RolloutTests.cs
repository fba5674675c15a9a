using System.Collections.Concurrent;
using System.Net.Http.Json;
using EdgeSync.Edge;
using EdgeSync.Protocol;

namespace EdgeSync.EndToEnd.Tests;

public sealed class RolloutTests(Site site) : IClassFixture<Site>
{
    private const string Key = "pump.speed";
    private const string TooFast = "9";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_canary_that_does_not_bear_a_value_takes_it_back_and_the_others_never_see_it_and_a_mended_value_reaches_all()
    {
        var seen = new ConcurrentBag<(DeviceId Device, string? Value)>();
        var devices = new List<FieldDevice>();
        for (var i = 0; i < 3; i++)
        {
            var device = await AddDeviceAsync();
            device.Device.Config.Changed += (_, change) => seen.Add((device.Id, change.Value?.Text));
            await site.Operators.SetConfigAsync(device, Key, "1");
            device.Start();
            await device.DrainAsync();
            await device.ListenAsync();
            devices.Add(device);
        }

        var tooFast = await CreateAsync("too fast", TooFast);
        var halted = await EndOfAsync(tooFast);
        Assert.Equal((RolloutState.Halted, 1), (halted.State, halted.Stages[0].Failed));
        var failed = Assert.Single((await site.OperatorHttp.GetFromJsonAsync($"{Routes.Rollouts}/{tooFast.Id}/devices?state=failed", ProtocolJson.Default.PageRolloutDeviceView, Ct))!.Items);
        Assert.Equal($"{Key}: rolled-back: Check pump: it runs hot", failed.Reason);
        Assert.Equal([failed.Device], seen.Where(change => change.Value == TooFast).Select(change => change.Device).Distinct());
        Assert.All(devices, device => Assert.Equal("1", device.Device.Config.Get(Key)?.Text));

        var mended = await EndOfAsync(await CreateAsync("mended", "2"));

        Assert.Equal((RolloutState.Completed, 1, 2), (mended.State, mended.Stages[0].Applied, mended.Stages[1].Applied));
        Assert.All(devices, device => Assert.Equal("2", device.Device.Config.Get(Key)?.Text));
        Assert.Equal([failed.Device], seen.Where(change => change.Value == TooFast).Select(change => change.Device).Distinct());
    }

    private async Task<FieldDevice> AddDeviceAsync()
    {
        FieldDevice? device = null;
        return device = await site.AddDeviceAsync(options => options with
        {
            ConfigChecks = new Dictionary<string, ConfigCheck>
            {
                ["pump"] = _ => ValueTask.FromResult(device?.Device.Config.Get(Key)?.Text == TooFast ? ConfigCheckResult.Failed("it runs hot") : ConfigCheckResult.Healthy),
            },
        });
    }

    private async Task<RolloutView> CreateAsync(string name, string value)
    {
        var rollout = new CreateRollout(
            name, "*", new() { [Key] = new JsonValue(value) }, [new RolloutStage(Devices: 1), new RolloutStage(Percent: 100)], new ConfigHealth("pump", 2), StageTimeoutSeconds: 60);
        using var response = await site.OperatorHttp.PostAsJsonAsync(Routes.Rollouts, rollout, ProtocolJson.Default.CreateRollout, Ct);
        Assert.Equal(System.Net.HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ProtocolJson.Default.RolloutView, Ct))!;
    }

    private Task<RolloutView> EndOfAsync(RolloutView rollout) => Eventually.BecomesAsync(
        async () => (await site.OperatorHttp.GetFromJsonAsync($"{Routes.Rollouts}/{rollout.Id}", ProtocolJson.Default.RolloutView, Ct))!,
        view => view.State != RolloutState.Running,
        "the rollout runs no more");
}
