using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeSync.Gateway;

/// <summary>Refuses a body that says itself that it is too large before a service hears of it. One that does not say is cut off by the server at the same limit.</summary>
internal static class BodyLimit
{
    public static void UseBodyLimit(this IApplicationBuilder app) => app.Use((context, next) =>
        context.Request.ContentLength > context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize
            ? ProblemTypes.BodyTooLarge.With($"A body has at most {Limits.BodyBytesMax} bytes. Send less at once.").ToResult().ExecuteAsync(context)
            : next(context));
}
