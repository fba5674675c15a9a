using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>Devices of a stage by how far the rollout is with them.</summary>
internal readonly record struct StageCounts(int Waiting, int Written, int Applied, int Failed)
{
    public int Devices => Waiting + Written + Applied + Failed;
}

/// <summary>Where a rollout stands.</summary>
/// <param name="State">How far it is.</param>
/// <param name="Stage">The stage that it is in, from 1.</param>
/// <param name="StartedAt">When the stage began, or went on after a stop; microseconds since 1970.</param>
/// <param name="DoneAt">When its last device was done; null while it is not.</param>
/// <param name="Counts">The stage's devices.</param>
internal sealed record RolloutStand(RolloutState State, int Stage, long StartedAt, long? DoneAt, StageCounts Counts);

/// <summary>What a rollout does next.</summary>
internal abstract record RolloutStep;

/// <summary>Nothing yet.</summary>
internal sealed record RolloutWaits : RolloutStep;

/// <summary>Writes the change for the next devices of the stage.</summary>
internal sealed record RolloutWrites : RolloutStep;

/// <summary>Devices of the stage whose time is over have failed.</summary>
internal sealed record RolloutTimesOut(string Reason) : RolloutStep;

/// <summary>The stage's last device is done.</summary>
internal sealed record RolloutSoaks : RolloutStep;

/// <summary>The next stage begins.</summary>
internal sealed record RolloutGoesOn : RolloutStep;

/// <summary>Too many devices have failed.</summary>
internal sealed record RolloutHalts(string Reason) : RolloutStep;

/// <summary>The last stage is through.</summary>
internal sealed record RolloutCompletes : RolloutStep;

/// <summary>What a rollout does next, and whether an operator may change its course. Pure.</summary>
internal static class RolloutDecision
{
    public static RolloutStep Next(CreateRollout rollout, RolloutStand stand, long now) => stand switch
    {
        { State: not RolloutState.Running } => new RolloutWaits(),
        { Counts: var counts } when Exceeds(counts, rollout.FailurePercentMax ?? 0) => new RolloutHalts(WhyHalted(stand, rollout.FailurePercentMax ?? 0)),
        { Counts.Waiting: > 0 } => new RolloutWrites(),
        { Counts.Written: > 0 } when now >= stand.StartedAt + Microseconds(rollout.StageTimeoutSeconds) =>
            new RolloutTimesOut($"It was not applied within the stage's time of {rollout.StageTimeoutSeconds} seconds."),
        { Counts.Written: > 0 } => new RolloutWaits(),
        { DoneAt: null } => new RolloutSoaks(),
        { DoneAt: { } doneAt } when now < doneAt + Microseconds(rollout.SoakSeconds) => new RolloutWaits(),
        _ => stand.Stage < rollout.Stages.Count ? new RolloutGoesOn() : new RolloutCompletes(),
    };

    /// <summary>Why an operator cannot bring a rollout into a state; null when it can, also where it is in it already.</summary>
    /// <param name="stand">Where it stands.</param>
    /// <param name="wanted">Running, paused or aborted.</param>
    /// <param name="failurePercentMax">The limit that will hold.</param>
    public static string? WhyNot(RolloutStand stand, RolloutState wanted, int failurePercentMax) => (stand.State, wanted) switch
    {
        (var state, _) when state == wanted => null,
        (RolloutState.Completed or RolloutState.Aborted, _) => $"The rollout is over: {Words.Of(stand.State)}.",
        (RolloutState.Halted, RolloutState.Paused) => "The rollout is halted: it does nothing until it is resumed or aborted.",
        (_, RolloutState.Running) when Exceeds(stand.Counts, failurePercentMax) =>
            $"{WhyHalted(stand, failurePercentMax)} Resume it with a failurePercentMax that holds, or abort it and roll out a better value.",
        _ => null,
    };

    private static bool Exceeds(StageCounts counts, int percentMax) => counts.Failed * 100L > (long)percentMax * counts.Devices;

    private static string WhyHalted(RolloutStand stand, int percentMax) =>
        $"{stand.Counts.Failed} of {stand.Counts.Devices} devices of stage {stand.Stage} have failed; at most {percentMax} percent may.";

    private static long Microseconds(int? seconds) => (seconds ?? 0) * 1_000_000L;
}
