using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>How one attempt ended.</summary>
/// <param name="Code">A reason code; <see cref="ReasonCodes.Ok"/> for success.</param>
/// <param name="Category">What kind of trouble; null for success.</param>
/// <param name="Action">What the control plane says to do; <see cref="ProblemAction.Retry"/> where it said nothing.</param>
/// <param name="RetryAfter">How long it asks to wait at least.</param>
/// <param name="Error">For a person.</param>
/// <param name="Problem">What it answered, if it was a problem.</param>
internal sealed record AttemptOutcome(
    string Code, ProblemCategory? Category, ProblemAction Action = ProblemAction.Retry, TimeSpan? RetryAfter = null, string? Error = null, Problem? Problem = null)
{
    public static readonly AttemptOutcome Success = new(ReasonCodes.Ok, null);

    public bool Succeeded => Category is null;

    /// <summary>
    /// Whether the control plane refused what the body holds. Only then may anything be given up: a request that went to the wrong place, during an upgrade say, is answered
    /// with "drop" too.
    /// </summary>
    public bool RefusesBody => Problem is not null && Action == ProblemAction.Drop && Refusals.Contains(Code);

    /// <summary>Whether the token was refused, and not the request.</summary>
    public bool RefusesToken => Problem is not null && TokenRefusals.Contains(Code);

    private static readonly string[] TokenRefusals =
        [ProblemTypes.TokenMissing.Code, ProblemTypes.TokenInvalid.Code, ProblemTypes.TokenExpired.Code, ProblemTypes.TokenForeign.Code];

    private static readonly string[] Refusals = [ProblemTypes.MalformedBody.Code, ProblemTypes.Validation.Code, ProblemTypes.BodyTooLarge.Code];

    /// <summary>Whether another stream may fare better: it is about what was sent, not about who sends or how much.</summary>
    public bool IsOfOneStream => Category is ProblemCategory.Data or ProblemCategory.Conflict || (Category is ProblemCategory.Resource && RetryAfter is null);

    public static AttemptOutcome Network(string code, string error) => new(code, ProblemCategory.Network, Error: error);

    /// <summary>An answer that came, and is not the protocol's.</summary>
    public static AttemptOutcome Unreadable(string error) => new(ReasonCodes.UnreadableAnswer, ProblemCategory.Data, Error: error);

    /// <summary>The device has nothing to show that it is itself, and nothing to get it with.</summary>
    public static AttemptOutcome NotEnrolled(string error) => new(ReasonCodes.NotEnrolled, ProblemCategory.Authentication, ProblemAction.Stop, Error: error);

    /// <summary>The device's own files failed it.</summary>
    public static AttemptOutcome Storage(Exception exception) =>
        new(StorageRules.ReasonOf(exception) ?? ReasonCodes.DeviceStorage, ProblemCategory.Resource, Error: $"The device's file: {exception.Message}");

    public static AttemptOutcome HistoryDiffers(string error) => new(ReasonCodes.HistoryDiffers, ProblemCategory.Conflict, Error: error);

    public static AttemptOutcome Of(Problem problem, TimeSpan? retryAfter) =>
        new(problem.Code, problem.Category, problem.Action, retryAfter, problem.Detail, problem);
}

/// <summary>An attempt's answer, or why there is none.</summary>
/// <param name="Answer">What came.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="BodyBytes">What the bodies of request and answer had, where both got through.</param>
internal readonly record struct Attempt<T>(T? Answer, AttemptOutcome Outcome, long BodyBytes = 0)
    where T : class;
