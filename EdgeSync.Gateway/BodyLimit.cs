using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeSync.Gateway;

/// <summary>Refuses a body that says itself that it is too large before a service hears of it. One that does not say is cut off by the server at the same limit.</summary>
internal static class BodyLimit
{
    // Over HTTP/1.1 a connection that closes while the sender still writes loses the answer; up to here the server lets it finish.
    private const long DiscardedBytesMax = 16 * Limits.BodyBytesMax;

    public static void UseBodyLimit(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var limit = context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>();
        if (!(context.Request.ContentLength > limit.MaxRequestBodySize))
        {
            return next(context);
        }

        limit.MaxRequestBodySize = DiscardedBytesMax;
        return ProblemTypes.BodyTooLarge.With($"A body has at most {Limits.BodyBytesMax} bytes. Send less at once.").ToResult().ExecuteAsync(context);
    });
}
