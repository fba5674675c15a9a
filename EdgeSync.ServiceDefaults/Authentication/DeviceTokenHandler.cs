using System.Security.Claims;
using System.Text.Encodings.Web;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EdgeSync.ServiceDefaults;

/// <summary>Authenticates a device by its token. That the connection's certificate is the token's was checked by the gateway, which alone sees it.</summary>
internal sealed class DeviceTokenHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, DeviceTokenReader reader)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var verdict = await reader.ReadHeaderAsync(Request.Headers.Authorization, Context.RequestAborted);
        if (verdict.Claims is not { } claims)
        {
            Context.Features.Set(new TokenRefusal(verdict.Problem!));
            return AuthenticateResult.NoResult();
        }

        var identity = new ClaimsIdentity(Access.DeviceScheme);
        identity.AddClaim(new Claim(DeviceIdentity.Claim, claims.Device.ToString()));
        identity.AddClaim(new Claim(DeviceTokenReader.ScopeClaim, Words.Of(claims.Scope)));
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Access.DeviceScheme));
    }
}

/// <summary>Why a token was refused: a feature of the request that carried it.</summary>
/// <param name="Problem">What to answer.</param>
internal sealed record TokenRefusal(Problem Problem);
