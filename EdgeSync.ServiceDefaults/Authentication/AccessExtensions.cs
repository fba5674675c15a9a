using EdgeSync.Protocol;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.ServiceDefaults;

/// <summary>Registers who is who.</summary>
public static class AccessExtensions
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Devices by their tokens (section <see cref="DeviceTokenOptions.Section"/>), operators by theirs (section <see cref="OperatorOptions.Section"/>), and the policies of <see cref="Access"/>. A service's
    /// <c>UseAuthorization</c> holds them; the gateway registers its own <see cref="IDeviceTokenKeys"/> before.
    /// </summary>
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<DeviceTokenOptions, DeviceTokenOptionsValidator>().BindConfiguration(DeviceTokenOptions.Section);
        services.AddOptionsWithValidateOnStart<OperatorOptions, OperatorOptionsValidator>().BindConfiguration(OperatorOptions.Section);
        services.AddHttpClient(FetchedTokenKeys.ClientName);
        services.TryAddSingleton<IDeviceTokenKeys, FetchedTokenKeys>();
        services.AddSingleton<DeviceTokenReader>();
        services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, DeviceTokenHandler>(Access.DeviceScheme, null)
            .AddJwtBearer(Access.OperatorScheme, _ => { });
        services.AddOptions<JwtBearerOptions>(Access.OperatorScheme).Configure<IOptions<OperatorOptions>, TimeProvider>(ReadOperators);
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessProblems>();
        services.AddAuthorizationBuilder()
            .AddPolicy(Access.Device, policy => policy.AddAuthenticationSchemes(Access.DeviceScheme).RequireClaim(DeviceTokenReader.ScopeClaim, Words.Of(DeviceTokenScope.Device)))
            .AddPolicy(Access.Renewal, policy => policy.AddAuthenticationSchemes(Access.DeviceScheme).RequireClaim(DeviceTokenReader.ScopeClaim, Words.Of(DeviceTokenScope.Renewal)))
            .AddPolicy(Access.FleetRead, policy => policy.AddAuthenticationSchemes(Access.OperatorScheme).RequireRole(Access.FleetRead, Access.FleetWrite))
            .AddPolicy(Access.FleetWrite, policy => policy.AddAuthenticationSchemes(Access.OperatorScheme).RequireRole(Access.FleetWrite))
            // What is no route (an unknown path, a wrong method) is told so; a route that says nothing about who may call it refuses everybody.
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(context => context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint).Build());
        return services;
    }

    private static void ReadOperators(JwtBearerOptions bearer, IOptions<OperatorOptions> operators, TimeProvider time)
    {
        var options = operators.Value;
        bearer.MapInboundClaims = false;
        bearer.Audience = options.Audience;
        bearer.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAudience = options.Audience,
            RoleClaimType = options.RoleClaim,
            NameClaimType = "sub",
            LifetimeValidator = (from, until, _, _) => until + ClockSkew > time.GetUtcNow().UtcDateTime && !(from - ClockSkew > time.GetUtcNow().UtcDateTime),
        };
        if (options.KeySet.Length > 0)
        {
            bearer.TokenValidationParameters.ValidIssuer = options.Issuer;
            bearer.TokenValidationParameters.IssuerSigningKeys = new JsonWebKeySet(File.ReadAllText(options.KeySet)).GetSigningKeys();
        }
        else
        {
            bearer.Authority = options.Authority;
            bearer.RequireHttpsMetadata = !new Uri(options.Authority).IsLoopback;
        }

        bearer.Events = new JwtBearerEvents
        {
            OnAuthenticationFailed = context =>
            {
                var type = context.Exception is SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException ? ProblemTypes.TokenExpired : ProblemTypes.TokenInvalid;
                context.HttpContext.Features.Set(new TokenRefusal(type.With("The operator's token is refused. Sign in again, with the provider that this control plane trusts.")));
                return Task.CompletedTask;
            },
        };
    }
}
