using CsCheck;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class SyncDecisionTests
{
    private static readonly BackoffBounds Bounds = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30));

    private static readonly AttemptOutcome Full = AttemptOutcome.Of(ProblemTypes.Overloaded.With("queue full"), null);
    private static readonly AttemptOutcome Offline = AttemptOutcome.Network(ReasonCodes.Offline, "no route");

    private static readonly Gen<AttemptOutcome> Outcomes = Gen.OneOf(
        Gen.Const(AttemptOutcome.Success),
        Gen.Const(Offline),
        Gen.Select(Gen.Int[0, ProblemTypes.All.Count - 1].Select(i => ProblemTypes.All[i]), Gen.Int[0, 200].Nullable(), (type, seconds) =>
            AttemptOutcome.Of(type.With("detail"), seconds is { } s ? TimeSpan.FromSeconds(s) : null)));

    [Theory]
    [InlineData(1, 0.5, 250)]
    [InlineData(2, 1.0, 1_000)]
    [InlineData(3, 0.25, 500)]
    [InlineData(7, 1.0, 30_000)]
    [InlineData(1_000, 1.0, 30_000)]
    [InlineData(4, 0.0, 0)]
    public void Wait_doubles_to_the_cap_with_full_jitter(int failures, double jitter, int expectedMilliseconds)
    {
        var state = LaneState.Initial;
        for (var i = 0; i < failures; i++)
        {
            state = SyncDecision.Next(state, Offline, TimeSpan.Zero, jitter, Bounds);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(expectedMilliseconds), state.NextAttemptAt);
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(120, 120)]
    [InlineData(-3, 0)]
    [InlineData(1_000_000, 3_600)]
    public void The_control_plane_s_wish_to_wait_longer_is_honoured_within_an_hour(int retryAfterSeconds, int expectedSeconds)
    {
        var busy = AttemptOutcome.Of(ProblemTypes.Overloaded.With("queue full"), TimeSpan.FromSeconds(retryAfterSeconds));

        var state = SyncDecision.Next(LaneState.Initial, busy, TimeSpan.Zero, 0, Bounds);

        Assert.Equal(TimeSpan.FromSeconds(expectedSeconds), state.NextAttemptAt);
        Assert.Equal("overloaded", state.Reason);
    }

    [Fact]
    public void Failures_are_forgotten_only_after_success_has_held()
    {
        var state = LaneState.Initial with { Attempts = 6 };
        state = SyncDecision.Next(state, AttemptOutcome.Success, TimeSpan.Zero, 0, Bounds);
        state = SyncDecision.Next(state, AttemptOutcome.Success, TimeSpan.Zero, 0, Bounds);
        Assert.Equal(6, state.Attempts);

        state = SyncDecision.Next(state, AttemptOutcome.Success, TimeSpan.FromSeconds(15), 0, Bounds);
        Assert.Equal(6, state.Attempts);

        state = SyncDecision.Next(state, AttemptOutcome.Success, TimeSpan.FromSeconds(16), 0, Bounds);

        Assert.Equal(0, state.Attempts);
    }

    [Fact]
    public void A_control_plane_that_answers_now_and_then_is_not_taken_for_well()
    {
        var (state, now) = (LaneState.Initial, TimeSpan.Zero);
        for (var i = 0; i < 100; i++)
        {
            foreach (var outcome in new[] { Full, AttemptOutcome.Success, AttemptOutcome.Success, AttemptOutcome.Success })
            {
                state = SyncDecision.Next(state, outcome, now, 1, Bounds);
                now = state.NextAttemptAt + TimeSpan.FromMilliseconds(5);
            }
        }

        Assert.Equal(100, state.Attempts);
    }

    [Fact]
    public void A_link_that_loses_two_of_three_messages_does_not_wait_ever_longer()
    {
        var (state, now) = (LaneState.Initial with { Attempts = 1_000, Category = ProblemCategory.Network }, TimeSpan.Zero);
        for (var i = 0; i < 100; i++)
        {
            foreach (var outcome in new[] { AttemptOutcome.Success, Offline, Offline })
            {
                state = SyncDecision.Next(state, outcome, now, 1, Bounds);
                now = state.NextAttemptAt + TimeSpan.FromMilliseconds(5);
            }
        }

        Assert.InRange(state.Attempts, 2, 4);
    }

    [Fact]
    public void A_reason_keeps_its_beginning_while_it_lasts()
    {
        var state = SyncDecision.Next(LaneState.Initial, Offline, TimeSpan.FromSeconds(1), 0, Bounds);
        state = SyncDecision.Next(state, Offline, TimeSpan.FromSeconds(9), 0, Bounds);

        Assert.Equal(TimeSpan.FromSeconds(1), state.Since);
        Assert.Equal(TimeSpan.FromSeconds(20), SyncDecision.Next(state, AttemptOutcome.Success, TimeSpan.FromSeconds(20), 0, Bounds).Since);
    }

    [Fact]
    public void A_stop_or_a_drop_that_remains_waits_the_cap()
    {
        foreach (var type in ProblemTypes.All.Where(type => type.Action != ProblemAction.Retry))
        {
            var state = SyncDecision.Next(LaneState.Initial, AttemptOutcome.Of(type.With("detail"), null), TimeSpan.Zero, 0, Bounds);

            Assert.Equal((type.Code, Bounds.Max), (state.Reason, state.NextAttemptAt));
        }
    }

    [Fact]
    public void There_is_always_a_next_attempt_and_never_beyond_cap_or_wish() =>
        Gen.Select(Outcomes, Gen.Double[0, 1]).Array[1, 60].Sample(steps =>
        {
            var (state, now) = (LaneState.Initial, TimeSpan.Zero);
            foreach (var (outcome, jitter) in steps)
            {
                state = SyncDecision.Next(state, outcome, now, jitter, Bounds);
                var most = outcome.RetryAfter > Bounds.Max ? outcome.RetryAfter.Value : Bounds.Max;
                Assert.InRange(state.NextAttemptAt - now, TimeSpan.Zero, outcome.Succeeded ? TimeSpan.Zero : most);
                Assert.True(outcome.RetryAfter is not { } asked || state.NextAttemptAt - now >= asked);
                Assert.Equal(outcome.Code, state.Reason);
                now = state.NextAttemptAt;
            }
        });

    [Fact]
    public void A_connection_that_is_back_ends_waits_for_the_network_and_no_others()
    {
        var offline = SyncDecision.Next(LaneState.Initial, Offline, TimeSpan.Zero, 1, Bounds);
        var busy = SyncDecision.Next(LaneState.Initial, AttemptOutcome.Of(ProblemTypes.Overloaded.With("full"), null), TimeSpan.Zero, 1, Bounds);

        Assert.False(SyncDecision.Reconnected(offline, TimeSpan.Zero, Bounds).IsWaiting(TimeSpan.Zero));
        Assert.Same(busy, SyncDecision.Reconnected(busy, TimeSpan.Zero, Bounds));
    }
}
