using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>A row of <c>enrolment_tokens</c>.</summary>
internal sealed class EnrolmentTokenRow
{
    public string TokenId { get; init; } = "";

    public long Devices { get; init; }

    public long Used { get; init; }

    public string Labels { get; init; } = "{}";

    public DeviceId? DeviceId { get; init; }

    public long CreatedAt { get; init; }

    public long ExpiresAt { get; init; }

    public long? RevokedAt { get; init; }

    public const string Columns = """
        token_id AS TokenId, devices AS Devices, used AS Used, labels AS Labels, device_id AS DeviceId, created_at AS CreatedAt, expires_at AS ExpiresAt, revoked_at AS RevokedAt
        """;

    public EnrolmentTokenView ToView() => new(
        TokenId,
        (int)Devices,
        (int)Used,
        CreatedAt,
        ExpiresAt,
        JsonSerializer.Deserialize(Labels, ProtocolJson.Default.DictionaryStringString)!,
        DeviceId,
        RevokedAt is not null);
}
