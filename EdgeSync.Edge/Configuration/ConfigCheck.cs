namespace EdgeSync.Edge;

/// <summary>Says whether the device is well under the values that are on probation. Asked about every tenth of a probation, from once a second to once a minute, and at its end.</summary>
/// <param name="ct">Cancelled when the device stops or the answer takes longer than until it is asked again.</param>
/// <returns>How it stands. One that throws says that it has failed; one that does not answer in time says "not yet". It must not block its thread.</returns>
public delegate ValueTask<ConfigCheckResult> ConfigCheck(CancellationToken ct);

/// <summary>How the device stands under values on probation.</summary>
public enum ConfigCheckState
{
    /// <summary>Well: at the end of the probation the values stay.</summary>
    Healthy,

    /// <summary>Not to be said yet: at the end of the probation the values are taken back.</summary>
    NotYet,

    /// <summary>Not well: the values are taken back at once.</summary>
    Failed,
}

/// <summary>A check's answer.</summary>
public sealed record ConfigCheckResult
{
    private ConfigCheckResult(ConfigCheckState state, string? reason) => (State, Reason) = (state, reason);

    /// <summary>The device is well.</summary>
    public static ConfigCheckResult Healthy { get; } = new(ConfigCheckState.Healthy, null);

    /// <summary>How it stands.</summary>
    public ConfigCheckState State { get; }

    /// <summary>Why it is not well, for operators; null when it is.</summary>
    public string? Reason { get; }

    /// <summary>It cannot be said yet.</summary>
    /// <param name="reason">Why, for operators; what is beyond 512 characters is cut off.</param>
    public static ConfigCheckResult NotYet(string reason) => new(ConfigCheckState.NotYet, reason);

    /// <summary>The device is not well; the values are taken back at once.</summary>
    /// <param name="reason">Why, for operators; what is beyond 512 characters is cut off.</param>
    public static ConfigCheckResult Failed(string reason) => new(ConfigCheckState.Failed, reason);
}
