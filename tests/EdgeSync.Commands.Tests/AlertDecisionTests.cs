using CsCheck;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>How one alert goes on.</summary>
public sealed class AlertDecisionTests
{
    private const long Second = 1_000_000;
    private const long Start = 1_000 * Second;

    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    // Begins above 10 after 60 s, ends at 5 after 30 s.
    private static readonly AlertRule Rule = new("clock", AlertKind.ClockWrong, AlertSeverity.Warning, 10, ForSeconds: 60, ClearThreshold: 5, KeepFiringForSeconds: 30);

    [Theory]
    [InlineData(null, null)]
    [InlineData(10.0, null)]
    [InlineData(10.1, "Begun")]
    public void A_value_beyond_the_threshold_begins_it(double? value, string? transition) => Assert.Equal(transition, Next(null, value, Start)?.Transition.ToString());

    [Theory]
    [InlineData(null, 0, "Dropped")]
    [InlineData(10.0, 59, "Dropped")]
    [InlineData(11.0, 59, null)]
    [InlineData(11.0, 60, "Fired")]
    [InlineData(10.0, 60, "Dropped")]
    [InlineData(11.0, -5, null)]
    public void A_pending_one_fires_when_it_has_been_so_for_long_enough(double? value, int seconds, string? transition) =>
        Assert.Equal(transition, Next(Pending(), value, Start + (seconds * Second))?.Transition.ToString());

    [Theory]
    [InlineData(11.0, null, null)]
    [InlineData(5.1, null, null)]
    [InlineData(5.0, null, "Updated")]
    [InlineData(null, null, "Updated")]
    [InlineData(5.0, 29, null)]
    [InlineData(5.0, 30, "Resolved")]
    [InlineData(null, 30, "Resolved")]
    [InlineData(5.1, 29, "Updated")]
    public void A_firing_one_ends_when_it_has_been_well_for_long_enough(double? value, int? wellForSeconds, string? transition)
    {
        var now = Start + (120 * Second);
        var firing = Firing() with { ClearSince = wellForSeconds is { } seconds ? now - (seconds * Second) : null, UpdatedAt = now };

        var step = Next(firing, value, now);

        Assert.Equal(transition, step?.Transition.ToString());
        Assert.Equal(transition is "Resolved" ? now : null, step?.Row.ResolvedAt);
        Assert.Equal(transition is "Updated" ? (value > 5 ? null : now) : firing.ClearSince, step?.Row.ClearSince ?? (transition is "Updated" ? null : firing.ClearSince));
    }

    [Fact]
    public void Without_a_time_it_fires_and_ends_at_once()
    {
        var rule = Rule with { ForSeconds = 0, KeepFiringForSeconds = 0 };

        var fired = AlertDecision.Next(rule, null, Seen(11), Start)!;
        var resolved = AlertDecision.Next(rule, fired.Row, null, Start + 1)!;

        Assert.Equal((AlertTransition.Fired, Start), (fired.Transition, fired.Row.FiringAt));
        Assert.Equal((AlertTransition.Resolved, Start + 1), (resolved.Transition, resolved.Row.ResolvedAt));
    }

    [Fact]
    public void A_kind_where_less_is_worse_begins_below_and_ends_above()
    {
        var rule = new AlertRule("certificates", AlertKind.CertificateExpiring, AlertSeverity.Warning, 7, ClearThreshold: 10);
        var fired = AlertDecision.Next(rule, null, Seen(6.9), Start)!.Row;

        Assert.Null(AlertDecision.Next(rule, null, Seen(7), Start));
        Assert.Null(AlertDecision.Next(rule, fired, Seen(9.9), Start));
        Assert.Equal(AlertTransition.Resolved, AlertDecision.Next(rule, fired, Seen(10), Start)?.Transition);
    }

    [Fact]
    public void Alerts_of_a_rule_that_there_is_no_more_are_over()
    {
        Assert.Equal(AlertTransition.Dropped, AlertDecision.Next(null, Pending(), Seen(11), Start)?.Transition);
        Assert.Equal(AlertTransition.Resolved, AlertDecision.Next(null, Firing(), Seen(11), Start)?.Transition);
    }

    [Fact]
    public void A_value_that_only_changes_is_written_down_once_a_minute_and_a_changed_rule_at_once()
    {
        Assert.Null(Next(Firing(), 12, Start + (59 * Second)));
        Assert.Equal("The clock of pump is off by 12 s.", Next(Firing(), 12, Start + (60 * Second))?.Row.Summary);
        Assert.Null(Next(Firing(), 11, Start + (600 * Second)));
        Assert.Equal("critical", AlertDecision.Next(Rule with { Severity = AlertSeverity.Critical }, Firing(), Seen(11), Start + 1)?.Row.Severity);
    }

    [Fact]
    public void A_rules_own_sentence_is_filled_in_and_a_devices_name_is_left_as_it_is()
    {
        var rule = Rule with { ForSeconds = 0, Summary = "{device}: {value} {unit}, {threshold} at most" };

        Assert.Equal("{value}: 11.2 s, 10 at most", AlertDecision.Next(rule, null, new AlertObservation(Pump, "{value}", "{}", 11.234), Start)?.Row.Summary);
    }

    /// <summary>Whatever a value does: it fires only after it was beyond the threshold for the whole time, ends only after it was well for the whole time, and the same round twice is one.</summary>
    [Fact]
    public void Whatever_a_value_does_each_state_has_lasted_as_the_rule_says() => Gen.Select(Gen.Int[1, 40], Gen.Int[0, 14]).Array[1, 80].Sample(steps =>
    {
        AlertRow? row = null;
        var (now, beyondSince, wellSince) = (Start, (long?)null, (long?)null);
        foreach (var (seconds, value) in steps)
        {
            now += seconds * Second;
            beyondSince = value > 10 ? beyondSince ?? now : null;
            wellSince = value <= 5 ? wellSince ?? now : null;
            var step = Next(row, value, now);
            switch (step?.Transition)
            {
                case AlertTransition.Begun:
                    Assert.True(row is null && value > 10);
                    break;
                case AlertTransition.Fired:
                    Assert.True(row is { State: AlertRow.Pending } && now - beyondSince >= 60 * Second);
                    break;
                case AlertTransition.Dropped:
                    Assert.True(row is { State: AlertRow.Pending } && value <= 10);
                    break;
                case AlertTransition.Resolved:
                    Assert.True(row is { State: AlertRow.Firing } && now - wellSince >= 30 * Second);
                    break;
                default:
                    Assert.Equal(row?.State, step?.Row.State ?? row?.State);
                    // Nothing that is due is left undone.
                    Assert.False(row is null && value > 10);
                    Assert.False(row is { State: AlertRow.Pending } && now - beyondSince >= 60 * Second);
                    break;
            }

            row = step is null ? row : step.Transition is AlertTransition.Dropped or AlertTransition.Resolved ? null : step.Row;
        }
    }, iter: 2_000);

    private static AlertStep? Next(AlertRow? open, double? value, long now) => AlertDecision.Next(Rule, open, value is { } seen ? Seen(seen) : null, now);

    private static AlertObservation Seen(double value) => new(Pump, "pump", "{}", value);

    private static AlertRow Pending() => Next(null, 11, Start)!.Row;

    private static AlertRow Firing() => Pending() with { State = AlertRow.Firing, FiringAt = Start };
}
