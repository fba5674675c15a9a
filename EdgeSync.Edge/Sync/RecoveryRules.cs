using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>How long a reason makes an exchange wait. There is always a next attempt, except where an operator holds telemetry back.</summary>
public enum RecoveryWait
{
    /// <summary>Nothing waits.</summary>
    None,

    /// <summary>From 0 to a bound that doubles with each failure, from <see cref="EdgeDeviceOptions.BackoffInitial"/> to <see cref="EdgeDeviceOptions.BackoffMax"/>.</summary>
    Backoff,

    /// <summary>The same, and at least as long as the control plane asks for, up to an hour.</summary>
    Asked,

    /// <summary><see cref="EdgeDeviceOptions.BackoffMax"/> each time.</summary>
    Longest,

    /// <summary>Until an operator ends it.</summary>
    Operator,
}

/// <summary>What ends a wait before its time.</summary>
public enum RecoveryWake
{
    /// <summary>Nothing does; its time ends it.</summary>
    Time,

    /// <summary>Another exchange that gets through, or whoever asks the device to drain.</summary>
    Connection,

    /// <summary>Another certificate of the device.</summary>
    Certificate,

    /// <summary>The command <c>resume</c>.</summary>
    Command,
}

/// <summary>What a device does about a reason.</summary>
/// <param name="Code">The reason; <c>http-4xx</c> and <c>http-5xx</c> stand for answers that are not the protocol's.</param>
/// <param name="Category">What kind of trouble; null for none.</param>
/// <param name="Wait">How long the exchange waits.</param>
/// <param name="Wake">What ends the wait before its time.</param>
public sealed record RecoveryRule(string Code, ProblemCategory? Category, RecoveryWait Wait, RecoveryWake Wake);

/// <summary>Every reason for which a device may not be syncing; docs/recovery.md has them as a table, with what the agent does and what ends it.</summary>
public static class RecoveryRules
{
    private static readonly RecoveryRule[] OfTheDevice =
    [
        new(ReasonCodes.Ok, null, RecoveryWait.None, RecoveryWake.Time),
        Network(ReasonCodes.Offline),
        Network(ReasonCodes.NameUnresolved),
        Network(ReasonCodes.ConnectionLost),
        Network(ReasonCodes.StreamEnded),
        Network(ReasonCodes.Timeout),
        Network(ReasonCodes.Tls),
        Network(ReasonCodes.ServerUntrusted),
        Network(ReasonCodes.PinMismatch),
        new(ReasonCodes.NotEnrolled, ProblemCategory.Authentication, RecoveryWait.Longest, RecoveryWake.Certificate),
        new(ReasonCodes.UnreadableAnswer, ProblemCategory.Data, RecoveryWait.Backoff, RecoveryWake.Time),
        new(HttpRefused, ProblemCategory.Data, RecoveryWait.Backoff, RecoveryWake.Time),
        new(HttpFailed, ProblemCategory.Resource, RecoveryWait.Asked, RecoveryWake.Time),
        new(ReasonCodes.HistoryDiffers, ProblemCategory.Conflict, RecoveryWait.Backoff, RecoveryWake.Time),
        new(ReasonCodes.Paused, null, RecoveryWait.Operator, RecoveryWake.Command),
        new(ReasonCodes.DiskFull, ProblemCategory.Resource, RecoveryWait.Backoff, RecoveryWake.Time),
        new(ReasonCodes.DatabaseBusy, ProblemCategory.Resource, RecoveryWait.Backoff, RecoveryWake.Time),
        new(ReasonCodes.DatabaseCorrupt, ProblemCategory.Resource, RecoveryWait.Backoff, RecoveryWake.Time),
        new(ReasonCodes.DeviceStorage, ProblemCategory.Resource, RecoveryWait.Backoff, RecoveryWake.Time),
    ];

    private const string HttpPrefix = "http-";
    private const string HttpRefused = "http-4xx";
    private const string HttpFailed = "http-5xx";

    /// <summary>The device's own reasons, then the problems of the protocol.</summary>
    public static IReadOnlyList<RecoveryRule> All { get; } = [.. OfTheDevice, .. ProblemTypes.All.Select(Of)];

    /// <summary>The rule for a reason code.</summary>
    public static RecoveryRule For(string code) => All.FirstOrDefault(rule => rule.Code == Row(code))
        // A control plane that is newer than the device may know other problems; what it says of them is done.
        ?? new RecoveryRule(code, ProblemCategory.Data, RecoveryWait.Backoff, RecoveryWake.Time);

    /// <summary>The reason as <see cref="All"/> has it; null for one that is not known.</summary>
    internal static string? RowOf(string code) => Row(code) is var row && All.Any(rule => rule.Code == row) ? row : null;

    private static string Row(string code) =>
        !code.StartsWith(HttpPrefix, StringComparison.Ordinal) ? code : code == "http-429" || code.StartsWith("http-5", StringComparison.Ordinal) ? HttpFailed : HttpRefused;

    private static RecoveryRule Network(string code) => new(code, ProblemCategory.Network, RecoveryWait.Backoff, RecoveryWake.Connection);

    private static RecoveryRule Of(ProblemType type) => new(
        type.Code,
        type.Category,
        type.Action != ProblemAction.Retry ? RecoveryWait.Longest : type.Category == ProblemCategory.Resource ? RecoveryWait.Asked : RecoveryWait.Backoff,
        type.Category == ProblemCategory.Authentication ? RecoveryWake.Certificate : RecoveryWake.Time);
}
