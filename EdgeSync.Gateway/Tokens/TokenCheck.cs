using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Gateway;

/// <summary>Every route of a device wants its token, over the certificate that the token is bound to. For a new certificate the gateway makes the token itself, for this one request.</summary>
internal static class TokenCheck
{
    public static void UseTokenCheck(this WebApplication app)
    {
        var reader = app.Services.GetRequiredService<DeviceTokenReader>();
        var tokens = app.Services.GetRequiredService<TokenIssuer>();
        app.Use(async (context, next) =>
        {
            var access = RouteGate.PolicyOf(context)?.Access;
            if (access is RouteAccess.Renewal)
            {
                context.Request.Headers.Authorization = $"Bearer {tokens.ForRenewal(GatewayConnection.Of(context).Certificate!)}";
            }

            if (access is RouteAccess.Token)
            {
                var verdict = await reader.ReadHeaderAsync(context.Request.Headers.Authorization, context.RequestAborted);
                if ((verdict.Problem ?? Refuse(verdict.Claims!, GatewayConnection.Of(context).Certificate!)) is { } refusal)
                {
                    context.Response.Headers.WWWAuthenticate = "Bearer";
                    await refusal.ToResult().ExecuteAsync(context);
                    return;
                }

                context.Features.Set(verdict.Claims);
            }

            await next(context);
        });
    }

    /// <summary>Why a good token may not be used here; null when it may.</summary>
    public static Problem? Refuse(DeviceTokenClaims token, DeviceCertificate certificate) =>
        token.Thumbprint != certificate.Thumbprint || token.Device != certificate.Device
            ? ProblemTypes.TokenForeign.With($"The token is bound to another certificate than this connection's. Get one over this connection with POST {Routes.Token}.")
        : token.Scope is not DeviceTokenScope.Device ? ProblemTypes.TokenInvalid.With($"The token is not for this. Get one with POST {Routes.Token}.")
        : null;
}
