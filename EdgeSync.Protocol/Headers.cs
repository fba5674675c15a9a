namespace EdgeSync.Protocol;

/// <summary>HTTP headers and media types of the protocol.</summary>
public static class Headers
{
    /// <summary>What a telemetry body holds, see <see cref="BatchHeader"/>: lets the gateway limit without reading the body.</summary>
    public const string Batch = "EdgeSync-Batch";

    /// <summary>What a client sends under a name that begins so is removed at the gateway, but for <see cref="Batch"/>.</summary>
    public const string Prefix = "EdgeSync-";

    /// <summary>Of a notification to a webhook: <c>t=SECONDS,v1=HEX</c>, HMAC-SHA256 of <c>SECONDS.BODY</c> with the webhook's secret; seconds since 1970.</summary>
    public const string Signature = "EdgeSync-Signature";

    /// <summary>Of a notification to a webhook: its id, the same for every attempt.</summary>
    public const string Notification = "EdgeSync-Notification";

    /// <summary>Protobuf columns, see telemetry.proto.</summary>
    public const string ProtobufMediaType = "application/x-protobuf";

    /// <summary>JSON, UTF-8.</summary>
    public const string JsonMediaType = "application/json";

    /// <summary>RFC 9457 problem details.</summary>
    public const string ProblemMediaType = "application/problem+json";
}
