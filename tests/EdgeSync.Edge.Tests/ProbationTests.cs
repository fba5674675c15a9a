using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class ProbationTests : IAsyncDisposable
{
    private static readonly ConfigHealth Minute = new("pump", 60);

    private readonly EdgeWorld _world = new();
    private ConfigCheckResult _pump = ConfigCheckResult.Healthy;
    private int _asked;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_value_with_a_condition_is_in_force_on_probation_and_stays_when_the_check_holds_to_the_end()
    {
        await StartAsync();
        _world.Cloud.Config.Set("speed", "2", health: Minute);

        await TakeAsync();
        Assert.Equal(("2", ConfigStatus.Probation, "2"), Stand("speed"));
        await PassAsync(TimeSpan.FromSeconds(59));
        Assert.Equal(("2", ConfigStatus.Probation, "2"), Stand("speed"));
        await PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(("2", ConfigStatus.Applied, "2"), Stand("speed"));
        Assert.Equal(10, _asked);
        await PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(10, _asked);
    }

    [Fact]
    public async Task A_check_that_fails_takes_back_every_value_under_it_and_tells_why()
    {
        await StartAsync();
        var told = new List<(string, string?, bool)>();
        _world.Device.Config.Changed += (_, change) => told.Add((change.Key, change.Value?.Text, change.ByControlPlane));
        _world.Cloud.Config.Set("speed", "2", health: Minute);
        _world.Cloud.Config.Set("mode", "\"new\"", health: Minute with { WithinSeconds = 600 });
        _world.Cloud.Config.Set("other", "5", health: new ConfigHealth("fan", 600));
        await TakeAsync();
        told.Clear();

        _pump = ConfigCheckResult.Failed("no pressure");
        await PassAsync(TimeSpan.FromSeconds(6));

        Assert.Equal(("1", ConfigStatus.RolledBack, "1"), Stand("speed"));
        Assert.Equal((null, ConfigStatus.RolledBack, null), Stand("mode"));
        Assert.Equal(("5", ConfigStatus.Probation, "5"), Stand("other"));
        Assert.Equal("Check pump: no pressure", _world.Cloud.Config.Reports.Last(report => report.Key == "speed").Reason);
        Assert.Equal([("mode", null, false), ("speed", "1", false)], told);
        Assert.Contains(_world.Device.ReadSyncLog(20), line => (line.Area, line.Event) == ("config", "rolled-back"));
    }

    [Fact]
    public async Task A_check_that_does_not_hold_at_the_end_takes_the_value_back()
    {
        await StartAsync();
        _world.Cloud.Config.Set("speed", "2", health: Minute);
        await TakeAsync();
        _pump = ConfigCheckResult.NotYet("still warming up");

        await PassAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(("1", ConfigStatus.RolledBack, "1"), Stand("speed"));
        Assert.Equal("Check pump: still warming up", _world.Cloud.Config.Reports[^1].Reason);
    }

    [Fact]
    public async Task A_check_that_throws_has_failed_and_one_that_does_not_answer_says_not_yet()
    {
        _world.Options = _world.Options with
        {
            ConfigChecks = new Dictionary<string, ConfigCheck>
            {
                ["throws"] = static _ => throw new InvalidOperationException("no such pump"),
                ["silent"] = static async ct =>
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
                    return ConfigCheckResult.Healthy;
                },
            },
        };
        await _world.RestartAsync();
        _world.Cloud.Config.Set("a", "1", health: new ConfigHealth("throws", 20));
        _world.Cloud.Config.Set("b", "1", health: new ConfigHealth("silent", 10));
        await TakeAsync();

        await PassAsync(TimeSpan.FromSeconds(4));
        Assert.Equal("Check throws: InvalidOperationException: no such pump", Report("a").Reason);
        Assert.Equal(ConfigStatus.Probation, Report("b").Status);
        await PassAsync(TimeSpan.FromSeconds(9));

        Assert.Equal((ConfigStatus.RolledBack, "Check silent: has not answered within 1 s"), (Report("b").Status, Report("b").Reason));
    }

    [Fact]
    public async Task A_check_that_the_program_does_not_have_rejects_the_value()
    {
        await StartAsync();
        _world.Cloud.Config.Set("speed", "2", health: new ConfigHealth("valve", 60));

        await TakeAsync();

        Assert.Equal(("1", ConfigStatus.Rejected, "1"), Stand("speed"));
        Assert.Equal("This device knows no check 'valve'; it knows: fan, pump.", Report("speed").Reason);
    }

    [Fact]
    public async Task A_newer_value_is_tried_against_the_last_one_that_was_confirmed()
    {
        await StartAsync();
        _world.Cloud.Config.Set("speed", "2", health: Minute);
        await TakeAsync();
        _world.Cloud.Config.Set("speed", "3", health: Minute);
        await TakeAsync();
        _pump = ConfigCheckResult.Failed("no pressure");

        await PassAsync(TimeSpan.FromSeconds(6));

        Assert.Equal(("1", ConfigStatus.RolledBack, "1"), Stand("speed"));
    }

    [Fact]
    public async Task A_write_of_the_device_ends_the_probation()
    {
        await StartAsync();
        _world.Cloud.Config.Set("speed", "2", health: Minute);
        await TakeAsync();

        _world.Device.Config.Set("speed", new JsonValue("7"));
        _pump = ConfigCheckResult.Failed("no pressure");
        await PassAsync(TimeSpan.FromSeconds(60));

        Assert.Equal("7", _world.Device.Config.Get("speed")?.Text);
        Assert.Equal("7", _world.Cloud.Config["speed"].Value?.Text);
        Assert.DoesNotContain(_world.Cloud.Config.Reports, report => report.Status == ConfigStatus.RolledBack);
    }

    [Fact]
    public async Task A_newer_value_that_is_rejected_leaves_the_probation_of_the_one_in_force()
    {
        await StartAsync();
        _world.Device.Config.Validator = static (_, value) => value?.Text == "99" ? "at most 50" : null;
        _world.Cloud.Config.Set("speed", "2", health: Minute);
        await TakeAsync();
        _world.Cloud.Config.Set("speed", "99");
        await TakeAsync();
        Assert.Equal(("2", ConfigStatus.Rejected, "2"), Stand("speed"));

        _pump = ConfigCheckResult.Failed("no pressure");
        await PassAsync(TimeSpan.FromSeconds(6));

        Assert.Equal(("1", ConfigStatus.Rejected, "1"), Stand("speed"));
        Assert.Contains("no pressure", Report("speed").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_that_is_in_force_already_is_applied_at_once()
    {
        await StartAsync();
        _world.Cloud.Config.Set("speed", "1", health: Minute);

        await TakeAsync();

        Assert.Equal(("1", ConfigStatus.Applied, "1"), Stand("speed"));
    }

    [Fact]
    public async Task The_end_is_told_also_when_the_answer_to_its_beginning_comes_after_it()
    {
        await StartAsync();
        _world.Cloud.Config.Set("speed", "2", health: Minute);
        _pump = ConfigCheckResult.Failed("no pressure");
        var once = true;
        _world.Cloud.LoseAnswer = request =>
        {
            if (once && request.RequestUri!.AbsolutePath == Routes.Config && _world.Cloud.Config.Exchanges[^1].Reports.Count > 0)
            {
                once = false;
                Assert.True(_world.Device.Parts.Probations.LookAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
                _world.Time.Advance(TimeSpan.FromSeconds(6));
                Assert.True(_world.Device.Parts.Probations.LookAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
                Assert.Equal("1", _world.Device.Config.Get("speed")?.Text);
            }

            return false;
        };

        await TakeAsync();

        Assert.False(once);
        Assert.Equal(("1", ConfigStatus.RolledBack, "1"), Stand("speed"));
    }

    [Fact]
    public async Task A_restart_goes_on_with_the_probation_and_the_third_ends_it()
    {
        await StartAsync();
        _world.Cloud.Config.Set("speed", "2", health: Minute);
        await TakeAsync();
        await _world.RestartAsync();
        await _world.RestartAsync();
        Assert.Equal("2", _world.Device.Config.Get("speed")?.Text);

        await _world.RestartAsync();
        Assert.Equal("1", _world.Device.Config.Get("speed")?.Text);
        await _world.SyncAsync();

        Assert.Equal((ConfigStatus.RolledBack, "The program was started 3 times during the probation."), (Report("speed").Status, Report("speed").Reason));
    }

    [Theory]
    [InlineData(365 * 86_400, 0)]
    [InlineData(-365 * 86_400, 60)]
    public async Task A_restart_under_another_clock_makes_the_probation_no_longer_than_it_is(int clockJumpSeconds, int expected)
    {
        await StartAsync();
        _world.Cloud.Config.Set("speed", "2", health: Minute);
        await TakeAsync();
        _world.Execute($"UPDATE device_config SET probation_until = probation_until - {clockJumpSeconds} * 1000000");
        await _world.RestartAsync();

        await PassAsync(TimeSpan.FromSeconds(Math.Max(0, expected - 1)));
        Assert.Equal(expected == 0 ? ConfigStatus.Applied : ConfigStatus.Probation, Report("speed").Status);
        await PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(ConfigStatus.Applied, Report("speed").Status);
    }

    [Fact]
    public async Task The_running_device_looks_by_itself()
    {
        await StartAsync();
        using var stop = new CancellationTokenSource();
        var running = _world.Device.RunAsync(stop.Token);
        var back = new TaskCompletionSource();
        var taken = new TaskCompletionSource();
        _world.Device.Config.Changed += (_, change) => (change.Value?.Text == "1" ? back : taken).TrySetResult();
        _pump = ConfigCheckResult.Failed("no pressure");
        _world.Cloud.Config.Set("speed", "2", health: Minute);
        _world.Cloud.IntentVersion++;

        while (!back.Task.IsCompleted)
        {
            _world.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.True(taken.Task.IsCompleted);
        Assert.True(await _world.Device.DrainAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("1", ConfigStatus.RolledBack, "1"), Stand("speed"));
        await stop.CancelAsync();
        await running;
    }

    // A device with two checks, which goes by 1 for the key speed.
    private async Task StartAsync()
    {
        _world.Options = _world.Options with
        {
            ConfigChecks = new Dictionary<string, ConfigCheck>
            {
                ["pump"] = _ =>
                {
                    _asked++;
                    return ValueTask.FromResult(_pump);
                },
                ["fan"] = static _ => ValueTask.FromResult(ConfigCheckResult.Healthy),
            },
        };
        await _world.RestartAsync();
        _world.Cloud.Config.Set("speed", "1");
        await TakeAsync();
    }

    private async Task TakeAsync()
    {
        _world.Cloud.IntentVersion++;
        _world.Append(1);
        await _world.SyncAsync();
        await _world.SyncAsync();
        await _world.Device.Parts.Probations.LookAsync(TestContext.Current.CancellationToken);
    }

    // As the loop does it: looks when it is time, and syncs after it.
    private async Task PassAsync(TimeSpan time)
    {
        var (watch, end) = (_world.Device.Parts.Probations, _world.Time.GetUtcNow() + time);
        while (true)
        {
            var looking = watch.LookAsync(TestContext.Current.CancellationToken);
            if (!looking.IsCompleted)
            {
                // One check does not answer, and its timer is set by now: a second step would take time away that nobody waited for.
                _world.Time.Advance(TimeSpan.FromSeconds(1));
            }

            var wait = await looking;
            await _world.SyncAsync();
            var left = end - _world.Time.GetUtcNow();
            if (wait > left || left <= TimeSpan.Zero)
            {
                _world.Time.Advance(left > TimeSpan.Zero ? left : TimeSpan.Zero);
                return;
            }

            _world.Time.Advance(wait);
        }
    }

    private ConfigReport Report(string key) => _world.Cloud.Config.Reports.Last(report => report.Key == key);

    private (string? InForce, ConfigStatus Status, string? Told) Stand(string key) =>
        (_world.Device.Config.Get(key)?.Text, Report(key).Status, Report(key).InForce?.Text);
}
