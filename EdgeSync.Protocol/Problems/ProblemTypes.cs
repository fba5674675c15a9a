namespace EdgeSync.Protocol;

/// <summary>A kind of problem: its stable name and what it always says.</summary>
/// <param name="Code">The reason code.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Category">What kind of trouble.</param>
/// <param name="Action">What to do about it.</param>
/// <param name="Title">What it is.</param>
public sealed record ProblemType(string Code, int Status, ProblemCategory Category, ProblemAction Action, string Title)
{
    /// <summary>The type's URI.</summary>
    public string Uri => $"urn:edgesync:problem:{Code}";

    /// <summary>A problem of this type.</summary>
    /// <param name="detail">What happened this time and what to do.</param>
    public Problem With(string detail) => new(Uri, Title, Status, detail, Category, Code, Action);
}

/// <summary>Every kind of problem that gateway and services answer with. docs/protocol.md has them as a table.</summary>
public static class ProblemTypes
{
    /// <summary>No token came with the request.</summary>
    public static readonly ProblemType TokenMissing = new("token-missing", 401, ProblemCategory.Authentication, ProblemAction.Retry, "No token");

    /// <summary>The token is not one of this control plane, or not for this.</summary>
    public static readonly ProblemType TokenInvalid = new("token-invalid", 401, ProblemCategory.Authentication, ProblemAction.Retry, "Token not valid");

    /// <summary>The token's time is over.</summary>
    public static readonly ProblemType TokenExpired = new("token-expired", 401, ProblemCategory.Authentication, ProblemAction.Retry, "Token expired");

    /// <summary>The token belongs to another certificate than the connection's.</summary>
    public static readonly ProblemType TokenForeign = new("token-foreign", 401, ProblemCategory.Authentication, ProblemAction.Retry, "Token of another certificate");

    /// <summary>The operator's role does not allow it.</summary>
    public static readonly ProblemType RoleMissing = new("role-missing", 403, ProblemCategory.Authentication, ProblemAction.Stop, "Role missing");

    /// <summary>The client certificate names no device, or is not for clients.</summary>
    public static readonly ProblemType CertificateInvalid = new("certificate-invalid", 403, ProblemCategory.Authentication, ProblemAction.Stop, "Certificate names no device");

    /// <summary>The client certificate has expired or is not valid yet.</summary>
    public static readonly ProblemType CertificateExpired = new("certificate-expired", 403, ProblemCategory.Authentication, ProblemAction.Stop, "Certificate outside its time");

    /// <summary>The client certificate was revoked.</summary>
    public static readonly ProblemType CertificateRevoked = new("certificate-revoked", 403, ProblemCategory.Authentication, ProblemAction.Stop, "Certificate revoked");

    /// <summary>The enrolment token does not exist, has expired, was used up or is for another device.</summary>
    public static readonly ProblemType EnrolmentRefused = new("enrolment-refused", 403, ProblemCategory.Authentication, ProblemAction.Stop, "Enrolment refused");

    /// <summary>The device is not registered.</summary>
    public static readonly ProblemType DeviceUnknown = new("device-unknown", 403, ProblemCategory.Authentication, ProblemAction.Stop, "Device not registered");

    /// <summary>An operator has disabled the device.</summary>
    public static readonly ProblemType DeviceDisabled = new("device-disabled", 403, ProblemCategory.Authentication, ProblemAction.Stop, "Device disabled");

    /// <summary>Two machines use the device's identity at once.</summary>
    public static readonly ProblemType DeviceQuarantined = new("device-quarantined", 403, ProblemCategory.Authentication, ProblemAction.Stop, "Device quarantined");

    /// <summary>The body is not what the media type says.</summary>
    public static readonly ProblemType MalformedBody = new("malformed-body", 400, ProblemCategory.Data, ProblemAction.Drop, "Malformed body");

    /// <summary>The header EdgeSync-Batch is missing, unreadable or differs from the body.</summary>
    public static readonly ProblemType BatchHeaderMismatch = new("batch-header-mismatch", 400, ProblemCategory.Data, ProblemAction.Drop, "Header and body differ");

    /// <summary>Fields have values that are not allowed.</summary>
    public static readonly ProblemType Validation = new("validation", 400, ProblemCategory.Data, ProblemAction.Drop, "Values not allowed");

    /// <summary>The path or the thing it names does not exist.</summary>
    public static readonly ProblemType NotFound = new("not-found", 404, ProblemCategory.Data, ProblemAction.Drop, "Not found");

    /// <summary>The path does not take this method.</summary>
    public static readonly ProblemType MethodNotAllowed = new("method-not-allowed", 405, ProblemCategory.Data, ProblemAction.Drop, "Method not allowed");

    /// <summary>The body is too large.</summary>
    public static readonly ProblemType BodyTooLarge = new("body-too-large", 413, ProblemCategory.Data, ProblemAction.Drop, "Body too large");

    /// <summary>The media type or content encoding is not one that is read.</summary>
    public static readonly ProblemType UnsupportedMediaType = new("unsupported-media-type", 415, ProblemCategory.Data, ProblemAction.Drop, "Unsupported media type");

    /// <summary>The batch begins beyond the watermark + 1. Resume at the watermark.</summary>
    public static readonly ProblemType SequenceHole = new("sequence-hole", 409, ProblemCategory.Conflict, ProblemAction.Retry, "Hole in the sequence");

    /// <summary>The digest before the batch, or at the watermark inside it, differs: the device's file was rolled back.</summary>
    public static readonly ProblemType DigestMismatch = new("digest-mismatch", 409, ProblemCategory.Conflict, ProblemAction.Retry, "History differs");

    /// <summary>The digest over the batch's own readings differs from the one it carries: a reading was altered.</summary>
    public static readonly ProblemType ContentMismatch = new("content-mismatch", 409, ProblemCategory.Conflict, ProblemAction.Retry, "Content differs from its digest");

    /// <summary>A newer run of the device program has been seen.</summary>
    public static readonly ProblemType StaleBoot = new("stale-boot", 409, ProblemCategory.Conflict, ProblemAction.Retry, "Message of an earlier run");

    /// <summary>The key has changed since it was read.</summary>
    public static readonly ProblemType VersionConflict = new("version-conflict", 409, ProblemCategory.Conflict, ProblemAction.Drop, "Changed since it was read");

    /// <summary>The rollout's state does not allow it, or its idempotency key names another rollout.</summary>
    public static readonly ProblemType RolloutConflict = new("rollout-conflict", 409, ProblemCategory.Conflict, ProblemAction.Drop, "Rollout in another state");

    /// <summary>The command is over, or its idempotency key names another command.</summary>
    public static readonly ProblemType CommandConflict = new("command-conflict", 409, ProblemCategory.Conflict, ProblemAction.Drop, "Command in another state");

    /// <summary>A rate limit was reached.</summary>
    public static readonly ProblemType RateLimited = new("rate-limited", 429, ProblemCategory.Resource, ProblemAction.Retry, "Rate limit reached");

    /// <summary>A queue is full.</summary>
    public static readonly ProblemType Overloaded = new("overloaded", 503, ProblemCategory.Resource, ProblemAction.Retry, "Overloaded");

    /// <summary>A service behind the gateway, or its database, cannot be reached.</summary>
    public static readonly ProblemType Unavailable = new("unavailable", 503, ProblemCategory.Resource, ProblemAction.Retry, "Unavailable");

    /// <summary>The gateway has not heard for too long who may not enter.</summary>
    public static readonly ProblemType RevocationsStale = new("revocations-stale", 503, ProblemCategory.Resource, ProblemAction.Retry, "Revocations not known");

    /// <summary>A fault of the control plane; its logs know more under the trace id.</summary>
    public static readonly ProblemType Internal = new("internal", 500, ProblemCategory.Resource, ProblemAction.Retry, "Fault of the control plane");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ProblemType> All { get; } =
    [
        TokenMissing, TokenInvalid, TokenExpired, TokenForeign, RoleMissing, CertificateInvalid, CertificateExpired, CertificateRevoked, EnrolmentRefused,
        DeviceUnknown, DeviceDisabled, DeviceQuarantined, MalformedBody, BatchHeaderMismatch, Validation, NotFound, MethodNotAllowed, BodyTooLarge,
        UnsupportedMediaType, SequenceHole, DigestMismatch, ContentMismatch, StaleBoot, VersionConflict, RolloutConflict, CommandConflict, RateLimited, Overloaded, Unavailable,
        RevocationsStale, Internal,
    ];
}
