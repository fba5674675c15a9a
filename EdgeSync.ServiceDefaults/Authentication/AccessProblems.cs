using EdgeSync.Protocol;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

namespace EdgeSync.ServiceDefaults;

/// <summary>Answers who may not enter in the protocol's shape.</summary>
internal sealed class AccessProblems : IAuthorizationMiddlewareResultHandler
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (authorizeResult.Succeeded)
        {
            await next(context);
            return;
        }

        var problem = authorizeResult.Forbidden
            ? ProblemTypes.RoleMissing.With("What the token allows does not include this. Ask with a token of the right role: fleet.read to look, fleet.write to change something.")
            : context.Features.Get<TokenRefusal>()?.Problem ?? ProblemTypes.TokenMissing.With("Send the header Authorization: Bearer with a token.");
        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        await problem.ToResult(problem.Status == StatusCodes.Status503ServiceUnavailable ? RetryAfter : null).ExecuteAsync(context);
    }
}
