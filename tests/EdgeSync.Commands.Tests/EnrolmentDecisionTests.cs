using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>Whom an enrolment token lets in.</summary>
public sealed class EnrolmentDecisionTests
{
    private const long Now = 1_000;

    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private static readonly DeviceId Valve = DeviceId.Parse("1b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    private static readonly EnrollingDevice Unknown = new(null, 0, 0, 0, 0);
    private static readonly EnrollingDevice Registered = Unknown with { State = DeviceState.Active };
    private static readonly EnrollingDevice WithOtherKey = new(DeviceState.Active, 1, 0, 0, 0);
    private static readonly EnrollingDevice WithSameKey = new(DeviceState.Active, 2, 2, 0, 0);
    private static readonly EnrollingDevice Repeating = new(DeviceState.Active, 1, 1, 1, 0);

    public static TheoryData<string, string?, bool> Cases => new()
    {
        { "new", null, false },
        { "registered", null, false },
        { "same key by another token", null, false },
        { "repeat", null, true },
        { "repeat of a token that is used up", null, true },
        { "named, with another key", null, false },
        { "no token", "no such enrolment token", false },
        { "revoked token", "token was revoked", false },
        { "expired token", "has expired", false },
        { "expired token again", "has expired", false },
        { "token of another", "for another device", false },
        { "used up", "used up", false },
        { "other key", "enrolled before, with another key", false },
        { "other key after a repeat's", "enrolled before, with another key", false },
        { "revoked key", "of this key was revoked", false },
        { "revoked key, named", "of this key was revoked", false },
        { "disabled", "disabled by an operator", false },
        { "quarantined", "Two machines", false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_token_lets_in_whom_it_may(string name, string? refusal, bool isRepeat)
    {
        var (token, known) = Case(name);

        var decision = EnrolmentDecision.Decide(Pump, token, known, Now);

        Assert.Equal(isRepeat, decision.IsRepeat);
        Assert.Equal(refusal is null, decision.Refusal is null);
        Assert.Contains(refusal ?? "", decision.Refusal?.Detail ?? "", StringComparison.Ordinal);
    }

    private static (EnrolmentTokenRow? Token, EnrollingDevice Known) Case(string name) => name switch
    {
        "new" => (Token(), Unknown),
        "registered" => (Token(), Registered),
        "same key by another token" => (Token(), WithSameKey),
        "repeat" => (Token(), Repeating),
        "repeat of a token that is used up" => (Token(used: 2), Repeating),
        "named, with another key" => (Token(device: Pump), WithOtherKey),
        "no token" => (null, Unknown),
        "revoked token" => (Token(revokedAt: 1), Repeating),
        "expired token" => (Token(expiresAt: Now), Unknown),
        "expired token again" => (Token(expiresAt: Now), Repeating),
        "token of another" => (Token(device: Valve), Unknown),
        "used up" => (Token(used: 2), Unknown),
        "other key" => (Token(), WithOtherKey),
        "other key after a repeat's" => (Token(), WithSameKey with { Certificates = 3 }),
        "revoked key" => (Token(), Repeating with { OfKeyRevoked = 1 }),
        "revoked key, named" => (Token(device: Pump), WithSameKey with { OfKeyRevoked = 1 }),
        "disabled" => (Token(device: Pump), Repeating with { State = DeviceState.Disabled }),
        "quarantined" => (Token(device: Pump), WithOtherKey with { State = DeviceState.Quarantined }),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    private static EnrolmentTokenRow Token(long used = 0, DeviceId? device = null, long expiresAt = Now + 1, long? revokedAt = null) =>
        new() { TokenId = "t", Devices = 2, Used = used, DeviceId = device, ExpiresAt = expiresAt, RevokedAt = revokedAt };
}
