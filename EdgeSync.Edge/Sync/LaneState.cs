using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Kinds of exchange that fail and wait apart from each other. Telemetry is the live stream, backlog the streams that drain beside it.</summary>
internal enum SyncLane
{
    Certificate,
    Commands,
    Config,
    Telemetry,
    Backlog,
    Heartbeat,
    Verification,
}

/// <summary>How a lane stands. Times are the device's running time since it was opened, so that a wall clock that jumps moves no wait.</summary>
/// <param name="Reason">Why it does not sync; <see cref="ReasonCodes.Ok"/> when it does.</param>
/// <param name="Category">What kind of trouble; null when there is none.</param>
/// <param name="Since">Since when the reason holds.</param>
/// <param name="Attempts">Failures that the next wait is reckoned from; kept until success has held.</param>
/// <param name="Successes">Successes in a row.</param>
/// <param name="NextAttemptAt">When it tries again; never without.</param>
/// <param name="Error">The last failure, for a person.</param>
/// <param name="SucceedsSince">When the first of the successes in a row came.</param>
internal sealed record LaneState(
    string Reason, ProblemCategory? Category, TimeSpan Since, int Attempts, int Successes, TimeSpan NextAttemptAt, string? Error, TimeSpan SucceedsSince = default)
{
    public static readonly LaneState Initial = new(ReasonCodes.Ok, null, TimeSpan.Zero, 0, 0, TimeSpan.Zero, null);

    public bool IsWaiting(TimeSpan now) => NextAttemptAt > now;
}
