namespace EdgeSync.Protocol;

/// <summary>What kind of trouble a problem is.</summary>
public enum ProblemCategory
{
    /// <summary>The way between device and control plane.</summary>
    Network,

    /// <summary>Who is asking.</summary>
    Authentication,

    /// <summary>What was sent.</summary>
    Data,

    /// <summary>What is there already.</summary>
    Conflict,

    /// <summary>Room and time.</summary>
    Resource,
}

/// <summary>What the one who asked does about it.</summary>
public enum ProblemAction
{
    /// <summary>Send the same again later, after <c>Retry-After</c> where it is given; for a conflict, after learning from the problem.</summary>
    Retry,

    /// <summary>Do not send this again; go on with the next.</summary>
    Drop,

    /// <summary>Stop until a person or a new certificate has changed something.</summary>
    Stop,
}

/// <summary>An RFC 9457 problem, <c>application/problem+json</c>.</summary>
/// <param name="Type">A stable name, see <see cref="ProblemTypes"/>.</param>
/// <param name="Title">What it is.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What happened this time and what to do.</param>
/// <param name="Category">What kind of trouble.</param>
/// <param name="Code">The reason code: the type's last part.</param>
/// <param name="Action">What to do about it.</param>
/// <param name="TraceId">Names the request in the logs.</param>
/// <param name="Epoch">Conflicts of a stream: the stream.</param>
/// <param name="Watermark">Conflicts of a stream: what the control plane has.</param>
/// <param name="Digest">Conflicts of a stream: D(Watermark).</param>
/// <param name="Boot">Of <c>stale-boot</c>: the newest run's number that the control plane has seen.</param>
/// <param name="Errors">Of <c>validation</c>: what is wrong, a field each.</param>
/// <param name="Limit">Of <c>rate-limited</c>, and of <c>overloaded</c> where the gateway says it: the limit.</param>
public sealed record Problem(
    string Type,
    string Title,
    int Status,
    string Detail,
    ProblemCategory Category,
    string Code,
    ProblemAction Action,
    string? TraceId = null,
    Epoch? Epoch = null,
    long? Watermark = null,
    Digest? Digest = null,
    long? Boot = null,
    Dictionary<string, string>? Errors = null,
    ProblemLimit? Limit = null);

/// <summary>Whose limit it is.</summary>
public enum LimitScope
{
    /// <summary>The one device that asked.</summary>
    Device,

    /// <summary>All devices together.</summary>
    Fleet,

    /// <summary>What the gateway has under way at once.</summary>
    Gateway,
}

/// <summary>The limit that a request ran into.</summary>
/// <param name="Name">Its name, e.g. <c>device-readings</c>.</param>
/// <param name="Scope">Whose it is.</param>
/// <param name="Remaining">What is left of it, in its unit: requests or readings.</param>
/// <param name="ResetMilliseconds">When the same request would pass, as far as this limit goes.</param>
public sealed record ProblemLimit(string Name, LimitScope Scope, long Remaining, long ResetMilliseconds);
