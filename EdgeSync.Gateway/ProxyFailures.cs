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
            var answer = IsUnreadable(failure.Exception)
                ? ProblemTypes.MalformedBody.With("The body's chunks cannot be read (RFC 9112, 7.1).").ToResult()
                : ProblemTypes.Unavailable.With($"The service behind this path did not answer ({failure.Error}). Send the same again later.").ToResult(RetryAfter);
            await answer.ExecuteAsync(context);
        }
    });

    /// <summary>Too large or too slow. The proxy's 400 is not: it says so also when a service broke the transfer off, and a device that believed it would drop what it sent.</summary>
    private static bool IsTheSendersFault(int status) => status is StatusCodes.Status413PayloadTooLarge or StatusCodes.Status408RequestTimeout;

    private static bool IsUnreadable(Exception? e) => e switch
    {
        null => false,
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } => true,
        // How the server says that a chunk's length has too many digits.
        OverflowException => true,
        AggregateException { InnerExceptions: var several } => several.Any(IsUnreadable),
        _ => IsUnreadable(e.InnerException),
    };
}
