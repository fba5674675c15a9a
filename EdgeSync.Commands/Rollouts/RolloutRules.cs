using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What makes a rollout acceptable, and what it is where nothing was said.</summary>
internal static class RolloutRules
{
    private const int NameCharsMax = 128;
    private const int ReasonCharsMax = 256;
    private const int TimeoutSecondsDefault = 3_600;
    private const int TimeoutSecondsMax = 30 * 86_400;
    private const int SoakSecondsMax = 7 * 86_400;

    public static FieldErrors Check(CreateRollout rollout)
    {
        var errors = new FieldErrors();
        errors.Add("name", Texts.HasBytes(rollout.Name, 1, 4 * NameCharsMax) && rollout.Name.Length <= NameCharsMax ? null : $"A name has 1 to {NameCharsMax} characters and no control characters.");
        errors.Add("selector", LabelSelector.TryParse(rollout.Selector, out _, out var wrong) ? null : wrong);
        ConfigMessageRules.CheckValues(rollout.Values, rollout.Health, errors);
        errors.Add("stages", rollout.Stages.Count is >= 1 and <= Limits.RolloutStagesMax ? null : $"A rollout has 1 to {Limits.RolloutStagesMax} stages.");
        foreach (var (i, stage) in rollout.Stages.Take(Limits.RolloutStagesMax).Index())
        {
            errors.Add($"stages[{i}]", CheckStage(stage));
        }

        errors.Add("failurePercentMax", CheckPercent(rollout.FailurePercentMax));
        errors.Add("stageTimeoutSeconds", rollout.StageTimeoutSeconds is null or (>= 1 and <= TimeoutSecondsMax) ? null : $"A stage may take 1 to {TimeoutSecondsMax} seconds.");
        errors.Add("stageTimeoutSeconds", rollout.Health is not { } health || (rollout.StageTimeoutSeconds ?? TimeoutSecondsDefault) > health.WithinSeconds ? null
            : "A stage's time is longer than the health condition's; its devices could never be done.");
        errors.Add("soakSeconds", rollout.SoakSeconds is null or (>= 0 and <= SoakSecondsMax) ? null : $"A stage is watched 0 to {SoakSecondsMax} seconds after its last device.");
        errors.Add("idempotencyKey", rollout.IdempotencyKey is null || Texts.HasBytes(rollout.IdempotencyKey, 1, Limits.IdempotencyKeyBytesMax) ? null
            : $"An idempotency key has 1 to {Limits.IdempotencyKeyBytesMax} bytes and no control characters.");
        return errors;
    }

    public static FieldErrors Check(RolloutChange change)
    {
        var errors = new FieldErrors();
        errors.Add("reason", change.Reason.Length is > 0 and <= ReasonCharsMax && !change.Reason.Contains('\0', StringComparison.Ordinal) ? null : $"A reason has 1 to {ReasonCharsMax} characters.");
        errors.Add("failurePercentMax", CheckPercent(change.FailurePercentMax));
        return errors;
    }

    /// <summary>With the defaults filled in and the keys in order, so that the same rollout is the same text.</summary>
    public static CreateRollout Complete(CreateRollout rollout) => rollout with
    {
        Values = rollout.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal),
        FailurePercentMax = rollout.FailurePercentMax ?? 0,
        StageTimeoutSeconds = rollout.StageTimeoutSeconds ?? TimeoutSecondsDefault,
        SoakSeconds = rollout.SoakSeconds ?? 0,
    };

    private static string? CheckPercent(int? percent) => percent is null or (>= 0 and <= 100) ? null : "A share of failures is 0 to 100 percent.";

    private static string? CheckStage(RolloutStage? stage) => stage switch
    {
        null => "A stage is missing.",
        { Selector: { } selector, Devices: null, Percent: null } => LabelSelector.TryParse(selector, out _, out var wrong) ? null : wrong,
        { Selector: null, Devices: { } devices, Percent: null } => devices is >= 1 and <= Limits.SelectedDevicesMax ? null : $"A stage goes up to 1 to {Limits.SelectedDevicesMax} devices.",
        { Selector: null, Devices: null, Percent: { } percent } => percent is >= 1 and <= 100 ? null : "A stage goes up to 1 to 100 percent of the devices.",
        _ => "A stage is one of selector, devices and percent.",
    };
}
