using EdgeSync.Protocol;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.ServiceDefaults;

/// <summary>Checks devices' tokens: ES256 by one of the gateway's keys, issuer, audience, time. A good token is remembered until it expires; a bad one costs its sender each time.</summary>
public sealed class DeviceTokenReader(IDeviceTokenKeys keys, IOptions<DeviceTokenOptions> options, TimeProvider time)
{
    /// <summary>The claim that binds a token to a certificate (RFC 8705).</summary>
    public const string ConfirmationClaim = "cnf";

    /// <summary>Its member: SHA-256 of the certificate, base64url.</summary>
    public const string ThumbprintMember = "x5t#S256";

    /// <summary>The claim that says what the token is good for.</summary>
    public const string ScopeClaim = "scope";

    /// <summary>Longest token that is read, in characters.</summary>
    public const int LengthMax = 4_096;

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    private readonly Generations<string, DeviceTokenClaims> _known = new(options.Value.VerdictsMax);

    /// <summary>Reads the header <c>Authorization: Bearer TOKEN</c>.</summary>
    public ValueTask<DeviceTokenVerdict> ReadHeaderAsync(string? authorization, CancellationToken ct) =>
        authorization is not null && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? ReadAsync(authorization["Bearer ".Length..], ct)
            : new(new DeviceTokenVerdict(null, ProblemTypes.TokenMissing.With($"Send the header Authorization: Bearer with a token from POST {Routes.Token}.")));

    private async ValueTask<DeviceTokenVerdict> ReadAsync(string token, CancellationToken ct)
    {
        if (_known.TryGet(token, out var known))
        {
            return Judge(known);
        }

        if (Parse(token) is not { } parsed)
        {
            return Refused("It is no JSON Web Token.");
        }

        if (await keys.GetAsync(parsed.Kid, ct) is not { } trusted)
        {
            return new(null, ProblemTypes.Unavailable.With("The keys that tokens are signed with are not known here yet; send the same again later."));
        }

        var result = await Handler.ValidateTokenAsync(parsed, Parameters(trusted));
        if (!result.IsValid)
        {
            return Refused("Its signature, issuer or audience is not this control plane's.");
        }

        if (ReadClaims(parsed) is not { } claims)
        {
            return Refused("It names no device, certificate or scope.");
        }

        var verdict = Judge(claims);
        if (verdict.Problem is null)
        {
            _known.Add(token, claims);
        }

        return verdict;
    }

    private static JsonWebToken? Parse(string token)
    {
        try
        {
            return token.Length <= LengthMax ? Handler.ReadJsonWebToken(token) : null;
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return null;
        }
    }

    private DeviceTokenVerdict Judge(DeviceTokenClaims claims) => claims.Expires > time.GetUtcNow()
        ? new(claims, null)
        : new(null, ProblemTypes.TokenExpired.With($"The token was valid until {claims.Expires:O}. Get another with POST {Routes.Token}."));

    private static DeviceTokenVerdict Refused(string why) =>
        new(null, ProblemTypes.TokenInvalid.With($"The token is refused. {why} Get one with POST {Routes.Token}."));

    private TokenValidationParameters Parameters(IReadOnlyCollection<SecurityKey> trusted) => new()
    {
        ValidIssuer = options.Value.Issuer,
        ValidAudience = options.Value.Audience,
        IssuerSigningKeys = trusted,
        TryAllIssuerSigningKeys = false,
        ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        // The time is judged here, for remembered tokens too, and by a clock that tests can move.
        ValidateLifetime = false,
    };

    private static DeviceTokenClaims? ReadClaims(JsonWebToken token) =>
        DeviceId.TryParse(token.Subject, out var device)
        && token.TryGetPayloadValue<Dictionary<string, string>>(ConfirmationClaim, out var confirmation)
        && confirmation.TryGetValue(ThumbprintMember, out var thumbprint)
        && token.TryGetPayloadValue<string>(ScopeClaim, out var scope)
        && Words.TryParse<DeviceTokenScope>(scope, out var parsed)
            ? new DeviceTokenClaims(device, thumbprint, parsed, new DateTimeOffset(token.ValidTo, TimeSpan.Zero))
            : null;
}
