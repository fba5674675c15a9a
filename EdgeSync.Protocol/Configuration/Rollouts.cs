namespace EdgeSync.Protocol;

/// <summary>A configuration change for every device that a selector names, stage by stage.</summary>
/// <param name="Name">For people, at most 128 characters.</param>
/// <param name="Selector">Which devices, at most <see cref="Limits.SelectedDevicesMax"/>: those registered now.</param>
/// <param name="Values">Key to value, as in <see cref="ConfigPatch"/>.</param>
/// <param name="Stages">In order, at most <see cref="Limits.RolloutStagesMax"/>; what the last one leaves over goes with it.</param>
/// <param name="Health">What must hold on each device for the values to stay in force.</param>
/// <param name="FailurePercentMax">The rollout halts when more of a stage's devices have failed, 0 to 100; 0 when absent.</param>
/// <param name="StageTimeoutSeconds">A device of a stage that has not applied the change so long after the stage began counts as failed; an hour when absent.</param>
/// <param name="SoakSeconds">How long a stage is watched after its last device before the next one begins; 0 when absent.</param>
/// <param name="IdempotencyKey">The same key is the same rollout, however often it is sent.</param>
public sealed record CreateRollout(
    string Name,
    string Selector,
    Dictionary<string, JsonValue> Values,
    IReadOnlyList<RolloutStage> Stages,
    ConfigHealth? Health = null,
    int? FailurePercentMax = null,
    int? StageTimeoutSeconds = null,
    int? SoakSeconds = null,
    string? IdempotencyKey = null);

/// <summary>Which of a rollout's devices a stage adds; one of the three.</summary>
/// <param name="Selector">Those that match too: a canary group by its label.</param>
/// <param name="Devices">Until so many devices of the rollout are reached.</param>
/// <param name="Percent">Until so many percent of them are reached, 1 to 100.</param>
public sealed record RolloutStage(string? Selector = null, int? Devices = null, int? Percent = null);

/// <summary>How far a rollout is.</summary>
public enum RolloutState
{
    /// <summary>Goes on by itself.</summary>
    Running,

    /// <summary>An operator has stopped it for a while.</summary>
    Paused,

    /// <summary>Too many devices failed; an operator decides.</summary>
    Halted,

    /// <summary>Every stage is through.</summary>
    Completed,

    /// <summary>An operator has ended it; devices that had the change keep it.</summary>
    Aborted,
}

/// <summary>How far a rollout is with a device.</summary>
public enum RolloutDeviceState
{
    /// <summary>Its stage has not come.</summary>
    Waiting,

    /// <summary>The change is desired; the device has not said what became of it, or watches its health condition.</summary>
    Written,

    /// <summary>In force.</summary>
    Applied,

    /// <summary>Rejected, rolled back, or not applied in time; the reason says which. An applied report that comes later is taken.</summary>
    Failed,
}

/// <summary>An operator's change of a rollout's course.</summary>
/// <param name="Reason">For people, at most 256 characters.</param>
/// <param name="FailurePercentMax">From now on; absent to leave it. A halted rollout goes on only under a limit that it does not exceed.</param>
public sealed record RolloutChange(string Reason, int? FailurePercentMax = null);

/// <summary>A rollout and where it stands.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Rollout">What was asked for, defaults filled in.</param>
/// <param name="State">How far it is.</param>
/// <param name="Stage">The stage that it is in, from 1.</param>
/// <param name="Stages">How each stage stands.</param>
/// <param name="CreatedAt">Microseconds since 1970.</param>
/// <param name="ChangedAt">When its state or stage changed last.</param>
/// <param name="Reason">Why it is paused, halted or aborted.</param>
public sealed record RolloutView(
    RolloutId Id, CreateRollout Rollout, RolloutState State, int Stage, IReadOnlyList<RolloutStageView> Stages, long CreatedAt, long ChangedAt, string? Reason = null);

/// <summary>How a stage stands: its devices by how far the rollout is with them.</summary>
public sealed record RolloutStageView(int Devices, int Waiting, int Written, int Applied, int Failed, long? StartedAt = null);

/// <summary>A device of a rollout.</summary>
/// <param name="Device">The device.</param>
/// <param name="Stage">Its stage, from 1.</param>
/// <param name="State">How far the rollout is with it.</param>
/// <param name="Reason">Why it failed.</param>
/// <param name="ChangedAt">Microseconds since 1970; absent while it waits.</param>
public sealed record RolloutDeviceView(DeviceId Device, int Stage, RolloutDeviceState State, string? Reason = null, long? ChangedAt = null);
