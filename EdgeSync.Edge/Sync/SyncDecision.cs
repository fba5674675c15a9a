using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Bounds of the waits.</summary>
internal sealed record BackoffBounds(TimeSpan Initial, TimeSpan Max);

/// <summary>
/// The decision core: what a lane does after an attempt, as a pure function. Exponential backoff with full jitter (Brooker, Exponential Backoff
/// And Jitter, 2015) and a cap; the control plane's wish to wait longer is honoured; there is always a next attempt.
/// </summary>
internal static class SyncDecision
{
    /// <summary>
    /// So many successes in a row make the failures before them forgotten, once they have held for as long as the next wait would be: a control plane that answers now and then is not well, and
    /// three answers may come within a moment.
    /// </summary>
    public const int SuccessesToForget = 3;

    /// <summary>The longest wait that the control plane may ask for.</summary>
    public static readonly TimeSpan RetryAfterMax = TimeSpan.FromHours(1);

    private const int AttemptsMax = 1_000;
    private const int DoublingsMax = 30;

    /// <summary>The lane's state after an attempt.</summary>
    /// <param name="state">Before it.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="now">The running time.</param>
    /// <param name="jitter">0 to 1: where in the range the wait falls.</param>
    /// <param name="bounds">The range.</param>
    public static LaneState Next(LaneState state, AttemptOutcome outcome, TimeSpan now, double jitter, BackoffBounds bounds)
    {
        var since = state.Reason == outcome.Code ? state.Since : now;
        if (outcome.Succeeded)
        {
            var successes = Math.Min(state.Successes + 1, SuccessesToForget);
            var succeedsSince = state.Successes == 0 ? now : state.SucceedsSince;
            // A link that loses every other message is slow enough: what got through halves what its failures have added up to.
            var attempts = state.Category == ProblemCategory.Network ? Halved(state, bounds) : state.Attempts;
            var isSustained = successes == SuccessesToForget && now - succeedsSince >= Ceiling(attempts, bounds);
            return new LaneState(outcome.Code, null, since, isSustained ? 0 : attempts, successes, now, state.Error, succeedsSince);
        }

        var failures = Math.Min(state.Attempts + 1, AttemptsMax);
        var wait = outcome.Action == ProblemAction.Retry ? Backoff(failures, jitter, bounds) : bounds.Max;
        if (outcome.RetryAfter is { } asked && asked > wait)
        {
            wait = asked < RetryAfterMax ? asked : RetryAfterMax;
        }

        return new LaneState(outcome.Code, outcome.Category, since, failures, 0, now + wait, outcome.Error);
    }

    /// <summary>The connection works again, as another lane has shown: no reason to wait for it any longer.</summary>
    public static LaneState Reconnected(LaneState state, TimeSpan now, BackoffBounds bounds) =>
        state.Category == ProblemCategory.Network ? Freed(state, now) with { Attempts = Halved(state, bounds) } : state;

    /// <summary>The device shows another certificate: no reason to wait for what the old one was refused.</summary>
    public static LaneState Reidentified(LaneState state, TimeSpan now) => state.Category == ProblemCategory.Authentication ? Freed(state, now) : state;

    /// <summary>The device's files work: a lane that has waited for them goes on; one whose wait is not over has not seen it.</summary>
    public static LaneState StorageWorks(LaneState state, TimeSpan now) =>
        state.Category is not null && StorageRules.IsOfStorage(state.Reason) && !state.IsWaiting(now) ? Freed(state, now) : state;

    /// <summary>A wait doubled so many times, at most <see cref="RetryAfterMax"/>.</summary>
    public static TimeSpan Doubled(TimeSpan wait, int times) =>
        new((long)Math.Min(RetryAfterMax.Ticks, wait.Ticks * Math.Pow(2, Math.Min(times, DoublingsMax))));

    private static LaneState Freed(LaneState state, TimeSpan now) => state with { Reason = ReasonCodes.Ok, Category = null, Since = now, NextAttemptAt = now };

    private static TimeSpan Backoff(int attempts, double jitter, BackoffBounds bounds) => Math.Clamp(jitter, 0, 1) * Ceiling(attempts, bounds);

    // More attempts than reach the longest wait do not make it longer.
    private static int Halved(LaneState state, BackoffBounds bounds) =>
        Math.Min(state.Attempts, 1 + (int)Math.Ceiling(Math.Log2((double)bounds.Max.Ticks / bounds.Initial.Ticks))) / 2;

    private static TimeSpan Ceiling(int attempts, BackoffBounds bounds) =>
        new((long)Math.Min(bounds.Max.Ticks, bounds.Initial.Ticks * Math.Pow(2, Math.Clamp(attempts - 1, 0, DoublingsMax))));
}
