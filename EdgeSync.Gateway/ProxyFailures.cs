using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Gateway;

/// <summary>A service that cannot be reached, breaks off or does not answer in time becomes a problem with a wait. What a service answered itself, whole or half, is not touched.</summary>
internal static class ProxyFailures
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public static void UseProxyFailures(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        await next(context);
        if (!context.Response.HasStarted && context.GetForwarderErrorFeature() is { } failure && !IsTheSendersFault(context.Response.StatusCode))
        {
            context.Response.Clear();
            await ProblemTypes.Unavailable.With($"The service behind this path did not answer ({failure.Error}). Send the same again later.")
                .ToResult(RetryAfter)
                .ExecuteAsync(context);
        }
    });

    /// <summary>Too large or too slow. The proxy's 400 is not: it says so also when a service broke the transfer off, and a device that believed it would drop what it sent.</summary>
    private static bool IsTheSendersFault(int status) => status is StatusCodes.Status413PayloadTooLarge or StatusCodes.Status408RequestTimeout;
}
