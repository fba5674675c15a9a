using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>A value in force whose health condition is watched.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Vector">The writes that the document's value includes.</param>
/// <param name="Health">The condition.</param>
/// <param name="Until">When the probation ends by the device's wall clock, microseconds since 1970.</param>
/// <param name="Before">What was in force before and has no condition left; null for nothing.</param>
/// <param name="IsOfDocument">Whether the document's value is the one in force: a later one that the device rejected is not.</param>
/// <param name="Starts">How often the program has started meanwhile.</param>
internal sealed record Probation(string Key, VersionVector Vector, ConfigHealth Health, long Until, JsonValue? Before, bool IsOfDocument, int Starts);

/// <summary>What comes back into force if the check fails.</summary>
internal sealed record ProbationStart(JsonValue? Before);

/// <summary>What becomes of values on probation under one check.</summary>
internal enum ProbationStep
{
    /// <summary>They are watched on.</summary>
    Watch,

    /// <summary>Those whose time is over stay.</summary>
    Confirm,

    /// <summary>All are taken back.</summary>
    RollBack,
}

/// <summary>When values are on probation, how often their check is asked, and how it ends. Pure.</summary>
internal static class ProbationDecision
{
    /// <summary>A program that is started so often during one probation does not live with the value.</summary>
    public const int StartsMax = 3;

    private const int AsksPerProbation = 10;
    private static readonly TimeSpan IntervalMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IntervalMax = TimeSpan.FromSeconds(60);

    /// <summary>Why a value cannot come into force under its condition; null when it can.</summary>
    public static string? WhyNot(ConfigHealth? health, IEnumerable<string> known) =>
        health is null || known.Contains(health.Check, StringComparer.Ordinal) ? null : WhyUnknown(health.Check, known);

    public static string WhyUnknown(string check, IEnumerable<string> known) => string.Join(", ", known.Order(StringComparer.Ordinal)) is { Length: > 0 } names
        ? $"This device knows no check '{check}'; it knows: {names}."
        : $"This device knows no check '{check}', and no other.";

    /// <summary>Whether a value that comes into force does so on probation: where there is something to go back to, or nothing, but not the same.</summary>
    /// <param name="taken">The entry whose value comes into force.</param>
    /// <param name="inForce">What was in force.</param>
    /// <param name="running">The probation of that; null when it has none.</param>
    public static ProbationStart? Begin(ConfigEntry taken, JsonValue? inForce, Probation? running)
    {
        // Never to a value that was itself not confirmed.
        var before = running is null ? inForce : running.Before;

        // What pins do to the connection is tried out before they come into force, and cannot be taken back.
        return taken.Health is null || taken.Key == PinSet.ConfigKey || taken.Value == before ? null : new ProbationStart(before);
    }

    /// <summary>How often the check is asked.</summary>
    public static TimeSpan Interval(int withinSeconds)
    {
        var interval = TimeSpan.FromSeconds(withinSeconds) / AsksPerProbation;
        return interval < IntervalMin ? IntervalMin : interval > IntervalMax ? IntervalMax : interval;
    }

    /// <summary>How long a probation goes on that this start of the program has just seen: wall clocks jump, so never longer than a whole one.</summary>
    public static TimeSpan Remaining(Probation probation, long now) =>
        TimeSpan.FromMicroseconds(Math.Clamp(probation.Until - now, 0, probation.Health.WithinSeconds * 1_000_000L));

    /// <summary>Why a value is taken back at this start of the program; null when it is not.</summary>
    public static string? WhyNotStarted(int starts) => starts < StartsMax ? null : $"The program was started {StartsMax} times during the probation.";

    /// <summary>What follows from an answer.</summary>
    /// <param name="result">The check's answer.</param>
    /// <param name="isOver">Whether the time of one of the values was over when it was asked.</param>
    public static ProbationStep Next(ConfigCheckResult result, bool isOver) => result.State switch
    {
        ConfigCheckState.Failed => ProbationStep.RollBack,
        ConfigCheckState.Healthy => isOver ? ProbationStep.Confirm : ProbationStep.Watch,
        _ => isOver ? ProbationStep.RollBack : ProbationStep.Watch,
    };
}
