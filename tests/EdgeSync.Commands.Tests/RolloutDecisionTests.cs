using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public sealed class RolloutDecisionTests
{
    private const long Second = 1_000_000;

    private static readonly CreateRollout TwoStages = RolloutRules.Complete(new CreateRollout(
        "north", "*", new() { ["mode"] = new JsonValue("1") }, [new RolloutStage(Devices: 1), new RolloutStage(Percent: 100)], null, 20, 600, 60));

    public static TheoryData<RolloutState, int, long?, int, int, int, int, long, string> Steps => new()
    {
        // State, stage, done at; devices waiting, written, applied, failed; seconds since the stage began: what is next.
        { RolloutState.Running, 1, null, 5, 0, 0, 0, 0, "RolloutWrites" },
        { RolloutState.Running, 1, null, 0, 5, 0, 0, 599, "RolloutWaits" },
        { RolloutState.Running, 1, null, 0, 5, 0, 0, 600, "RolloutTimesOut" },
        { RolloutState.Running, 1, null, 5, 5, 0, 0, 600, "RolloutWrites" },
        { RolloutState.Running, 1, null, 0, 0, 5, 0, 10, "RolloutSoaks" },
        { RolloutState.Running, 1, null, 0, 0, 4, 1, 10, "RolloutSoaks" },
        { RolloutState.Running, 1, null, 0, 0, 3, 2, 10, "RolloutHalts" },
        { RolloutState.Running, 1, null, 3, 0, 0, 2, 10, "RolloutHalts" },
        { RolloutState.Running, 1, 10, 0, 0, 5, 0, 69, "RolloutWaits" },
        { RolloutState.Running, 1, 10, 0, 0, 5, 0, 70, "RolloutGoesOn" },
        { RolloutState.Running, 2, 10, 0, 0, 5, 0, 70, "RolloutCompletes" },
        { RolloutState.Running, 1, null, 0, 0, 0, 0, 0, "RolloutSoaks" },
        { RolloutState.Paused, 1, null, 5, 0, 0, 0, 0, "RolloutWaits" },
        { RolloutState.Halted, 1, null, 5, 0, 0, 0, 0, "RolloutWaits" },
        { RolloutState.Aborted, 1, null, 5, 0, 0, 0, 0, "RolloutWaits" },
        { RolloutState.Completed, 2, null, 5, 0, 0, 0, 0, "RolloutWaits" },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_rollout_takes_one_step_after_another(RolloutState state, int stage, long? doneAt, int waiting, int written, int applied, int failed, long now, string step) => Assert.Equal(
        step, RolloutDecision.Next(TwoStages, new RolloutStand(state, stage, 0, doneAt * Second, new StageCounts(waiting, written, applied, failed)), now * Second).GetType().Name);

    [Fact]
    public void A_halt_says_how_many_failed_and_how_many_may() => Assert.Equal(
        new RolloutHalts("2 of 5 devices of stage 1 have failed; at most 20 percent may."),
        RolloutDecision.Next(TwoStages, new RolloutStand(RolloutState.Running, 1, 0, null, new StageCounts(3, 0, 0, 2)), 0));

    [Theory]
    [InlineData(RolloutState.Running, RolloutState.Paused, 20, true)]
    [InlineData(RolloutState.Running, RolloutState.Running, 20, true)]
    [InlineData(RolloutState.Running, RolloutState.Aborted, 20, true)]
    [InlineData(RolloutState.Paused, RolloutState.Paused, 20, true)]
    [InlineData(RolloutState.Paused, RolloutState.Running, 40, true)]
    [InlineData(RolloutState.Paused, RolloutState.Running, 20, false)]
    [InlineData(RolloutState.Halted, RolloutState.Paused, 40, false)]
    [InlineData(RolloutState.Halted, RolloutState.Running, 39, false)]
    [InlineData(RolloutState.Halted, RolloutState.Running, 40, true)]
    [InlineData(RolloutState.Halted, RolloutState.Aborted, 0, true)]
    [InlineData(RolloutState.Completed, RolloutState.Aborted, 20, false)]
    [InlineData(RolloutState.Aborted, RolloutState.Aborted, 20, true)]
    [InlineData(RolloutState.Aborted, RolloutState.Running, 20, false)]
    public void An_operator_may_change_its_course_while_it_is_not_over(RolloutState state, RolloutState wanted, int limit, bool may) =>
        Assert.Equal(may, RolloutDecision.WhyNot(new RolloutStand(state, 1, 0, null, new StageCounts(1, 1, 1, 2)), wanted, limit) is null);

    [Fact]
    public void Stages_take_a_group_a_number_and_a_share_and_the_last_one_the_rest()
    {
        var devices = Enumerable.Range(0, 200).Select(i => Device(i, i < 3 ? "canary" : "rest")).ToList();
        var id = new RolloutId(new Guid(7, 7, 7, new byte[8]));

        var plan = RolloutPlan.Of(id, devices, [new RolloutStage("group=canary"), new RolloutStage(Devices: 10), new RolloutStage(Percent: 25), new RolloutStage(Percent: 50)]);

        Assert.Equal([3, 7, 40, 150], plan.GroupBy(device => device.Stage).OrderBy(stage => stage.Key).Select(stage => stage.Count()));
        Assert.Equal(devices.Select(device => device.Id).Order(), plan.Select(device => device.Device).Order());
        Assert.Equal(devices.Take(3).Select(device => device.Id).Order(), plan.Where(device => device.Stage == 1).Select(device => device.Device).Order());
        Assert.Equal(plan, RolloutPlan.Of(id, [.. Enumerable.Reverse(devices)], [new RolloutStage("group=canary"), new RolloutStage(Devices: 10), new RolloutStage(Percent: 25), new RolloutStage(Percent: 50)]));
    }

    [Fact]
    public void Another_rollout_draws_other_canaries_and_a_percent_of_few_is_one()
    {
        var devices = Enumerable.Range(0, 20).Select(i => Device(i, "all")).ToList();

        var canaries = Enumerable.Range(1, 50)
            .Select(i => Assert.Single(RolloutPlan.Of(new RolloutId(new Guid(i, 0, 0, new byte[8])), devices, [new RolloutStage(Percent: 1), new RolloutStage(Percent: 100)]), device => device.Stage == 1))
            .Select(device => device.Device).Distinct().Count();

        Assert.True(canaries > 10, $"{canaries} different canaries in 50 rollouts to 20 devices.");
    }

    [Theory]
    [InlineData("1", 5, "1", "cloud", ConfigStatus.Applied, true, "Applied")]
    [InlineData("1", 5, "1", "cloud", ConfigStatus.Probation, true, null)]
    [InlineData("1", 5, "1", "cloud", ConfigStatus.Rejected, true, "Failed")]
    [InlineData("1", 5, "1", "cloud", ConfigStatus.RolledBack, true, "Failed")]
    [InlineData("1", 5, "1", "cloud", ConfigStatus.Applied, false, null)]
    [InlineData("1", 5, "1", "cloud", null, false, null)]
    [InlineData("1", 6, "2", "cloud", ConfigStatus.Applied, true, "Failed")]
    [InlineData("1", 6, "1", "cloud", ConfigStatus.Applied, true, "Applied")]
    [InlineData("1", 6, "1", "device:7", null, false, "Applied")]
    [InlineData("1", 6, "2", "device:7", null, false, "Failed")]
    [InlineData("null", 5, null, "cloud", ConfigStatus.Applied, true, "Applied")]
    public void What_became_of_a_key_is_what_the_device_says_of_the_value_that_was_written(
        string written, long version, string? stored, string writer, ConfigStatus? status, bool reportsIt, string? state)
    {
        var vector = VersionVector.Empty.Increment(ConfigWriters.Cloud);
        var entry = new ConfigEntry("mode", vector, default, writer, 0, stored is null ? null : new JsonValue(stored));
        var report = status is { } told ? new ConfigReport("mode", reportsIt ? vector : VersionVector.Empty, told, "why") : null;

        var outcome = RolloutOutcome.Of(new Dictionary<string, JsonValue> { ["mode"] = new JsonValue(written) }, 5, [new RolloutKey("mode", entry, version, report)]);

        Assert.Equal(state, outcome?.State.ToString());
    }

    [Fact]
    public void All_keys_are_needed_and_one_failure_is_enough()
    {
        var vector = VersionVector.Empty.Increment(ConfigWriters.Cloud);
        RolloutKey Key(string key, ConfigStatus? status) =>
            new(key, new ConfigEntry(key, vector, default, ConfigWriters.Cloud, 0, new JsonValue("1")), 5, status is { } told ? new ConfigReport(key, vector, told, "too fast") : null);
        var values = new Dictionary<string, JsonValue> { ["a"] = new("1"), ["b"] = new("1"), ["gone"] = JsonValue.Null };

        Assert.Null(RolloutOutcome.Of(values, 5, [Key("a", ConfigStatus.Applied), Key("b", null)]));
        Assert.Equal((RolloutDeviceState.Applied, null), RolloutOutcome.Of(values, 5, [Key("a", ConfigStatus.Applied), Key("b", ConfigStatus.Applied)]));
        Assert.Equal((RolloutDeviceState.Failed, "b: rejected: too fast"), RolloutOutcome.Of(values, 5, [Key("a", null), Key("b", ConfigStatus.Rejected)]));
    }

    private static SelectedDevice Device(int i, string group) => new(new DeviceId(new Guid(i + 1, 0, 0, new byte[8])), new Dictionary<string, string> { ["group"] = group });
}
