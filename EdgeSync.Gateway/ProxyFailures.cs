using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Gateway;

/// <summary>A service that cannot be reached, or does not answer in time, becomes a problem with a wait. What a service answered itself, whole or half, is not touched.</summary>
internal static class ProxyFailures
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public static void UseProxyFailures(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        await next(context);
        if (!context.Response.HasStarted
            && context.Response.StatusCode is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout
            && context.GetForwarderErrorFeature() is { } failure)
        {
            context.Response.Clear();
            await ProblemTypes.Unavailable.With($"The service behind this path did not answer ({failure.Error}). Send the same again later.")
                .ToResult(RetryAfter)
                .ExecuteAsync(context);
        }
    });
}
