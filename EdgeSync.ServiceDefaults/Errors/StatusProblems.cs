using EdgeSync.Protocol;

namespace EdgeSync.ServiceDefaults;

/// <summary>The problem that stands for a bare HTTP status.</summary>
internal static class StatusProblems
{
    /// <summary>A problem for <paramref name="status"/> (400 to 599), which it keeps: a type says what to do, the status what HTTP software sees.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="detail">What happened, where more is known than the status says.</param>
    public static Problem For(int status, string? detail = null)
    {
        var (type, usual) = status switch
        {
            401 => (ProblemTypes.TokenMissing, "Send the header Authorization: Bearer with a token."),
            403 => (ProblemTypes.RoleMissing, "What the token allows does not include this."),
            404 => (ProblemTypes.NotFound, "There is nothing at this path. Check it against the protocol."),
            405 => (ProblemTypes.MethodNotAllowed, "This path does not take this method; the header Allow names those it takes."),
            413 => (ProblemTypes.BodyTooLarge, $"A body has at most {Limits.BodyBytesMax} bytes, after decompression too. Send less at once."),
            415 => (ProblemTypes.UnsupportedMediaType, $"The body's Content-Type is not read here. Send {Headers.JsonMediaType}, or {Headers.ProtobufMediaType} for telemetry."),
            408 => (ProblemTypes.Unavailable, "The body came too slowly. Send the same again later."),
            429 => (ProblemTypes.RateLimited, "Too much at once. Send the same again later."),
            502 or 503 or 504 => (ProblemTypes.Unavailable, "A part of the control plane cannot be reached. Send the same again later."),
            >= 500 => (ProblemTypes.Internal, "The control plane failed. Send the same again later; its logs know more under the trace id."),
            _ => (ProblemTypes.MalformedBody, "The request cannot be read. Check it against the protocol before sending it again."),
        };
        return type.With(detail ?? usual) with { Status = status };
    }
}
