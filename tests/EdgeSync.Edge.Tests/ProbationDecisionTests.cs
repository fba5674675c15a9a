using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class ProbationDecisionTests
{
    private static readonly ConfigHealth Health = new("pump", 60);

    public static TheoryData<string?, bool, string?, string?, bool, string?> Beginnings => new()
    {
        // The value taken, whether it has a condition, what was in force, what was before that where it is on probation: whether probation begins, and what it goes back to.
        { "2", true, "1", null, true, "1" },
        { "2", true, null, null, true, null },
        { null, true, "1", null, true, "1" },
        { "2", false, "1", null, false, null },
        { "1", true, "1", null, false, null },
        { null, true, null, null, false, null },
        { "3", true, "2", "1", true, "1" },
        { "2", true, "2", "1", true, "1" },
        { "1", true, "2", "1", false, null },
        { "3", false, "2", "1", false, null },
    };

    [Theory]
    [MemberData(nameof(Beginnings))]
    public void A_value_is_on_probation_against_the_last_one_that_was_confirmed(string? taken, bool hasHealth, string? inForce, string? beforeOfRunning, bool begins, string? before)
    {
        var running = beforeOfRunning is null ? null : Running(0) with { Before = new JsonValue(beforeOfRunning) };

        var start = ProbationDecision.Begin(Entry("a", taken, hasHealth ? Health : null), Json(inForce), running);

        Assert.Equal((begins, before), (start is not null, start?.Before?.Text));
    }

    [Fact]
    public void Pins_are_tried_out_before_they_come_into_force_and_have_no_probation() =>
        Assert.Null(ProbationDecision.Begin(Entry(PinSet.ConfigKey, "2", Health), new JsonValue("1"), null));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(10, 1)]
    [InlineData(100, 10)]
    [InlineData(600, 60)]
    [InlineData(86_400, 60)]
    public void A_check_is_asked_every_tenth_of_its_time_within_bounds(int within, int interval) =>
        Assert.Equal(TimeSpan.FromSeconds(interval), ProbationDecision.Interval(within));

    [Theory]
    [InlineData(100, 70, 30)]
    [InlineData(100, 100, 0)]
    [InlineData(100, 1_000_000, 0)]
    [InlineData(100, -1_000_000, 60)]
    public void What_remains_after_a_start_is_never_more_than_a_whole_probation(int until, int now, int remaining) =>
        Assert.Equal(TimeSpan.FromSeconds(remaining), ProbationDecision.Remaining(Running(until * 1_000_000L), now * 1_000_000L));

    [Theory]
    [InlineData(ConfigCheckState.Healthy, false, "Watch")]
    [InlineData(ConfigCheckState.Healthy, true, "Confirm")]
    [InlineData(ConfigCheckState.NotYet, false, "Watch")]
    [InlineData(ConfigCheckState.NotYet, true, "RollBack")]
    [InlineData(ConfigCheckState.Failed, false, "RollBack")]
    [InlineData(ConfigCheckState.Failed, true, "RollBack")]
    public void A_probation_ends_by_a_failure_or_at_its_end(ConfigCheckState state, bool isOver, string step)
    {
        var result = state switch
        {
            ConfigCheckState.Healthy => ConfigCheckResult.Healthy,
            ConfigCheckState.NotYet => ConfigCheckResult.NotYet("no pressure yet"),
            _ => ConfigCheckResult.Failed("no pressure"),
        };

        Assert.Equal(step, ProbationDecision.Next(result, isOver).ToString());
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void So_many_starts_end_a_probation(int starts, bool ends) => Assert.Equal(ends, ProbationDecision.WhyNotStarted(starts) is not null);

    [Fact]
    public void A_check_that_the_program_does_not_have_is_named_with_those_that_it_has()
    {
        Assert.Null(ProbationDecision.WhyNot(null, []));
        Assert.Null(ProbationDecision.WhyNot(Health, ["pump"]));
        Assert.Equal("This device knows no check 'pump'; it knows: fan, valve.", ProbationDecision.WhyNot(Health, ["valve", "fan"]));
        Assert.Equal("This device knows no check 'pump', and no other.", ProbationDecision.WhyNot(Health, []));
    }

    private static Probation Running(long until) => new("a", VersionVector.Empty, Health, until, null, true, 0);

    private static ConfigEntry Entry(string key, string? value, ConfigHealth? health) =>
        new(key, VersionVector.Empty.Increment(ConfigWriters.Cloud), new HybridTime(1, 0), ConfigWriters.Cloud, 0, Json(value), Health: health);

    private static JsonValue? Json(string? text) => text is null ? null : new JsonValue(text);
}
