using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Gateway;

/// <summary>A body has one end. A request that gives a length and chunks too is how one request becomes two between servers that believe different ones (RFC 9112, 6.1).</summary>
internal static class PlainBodies
{
    // The server believes the chunks, and leaves the length under this name.
    private const string LengthBesideChunks = "X-Content-Length";

    public static void UsePlainBodies(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (!context.Request.Headers.ContainsKey(LengthBesideChunks))
        {
            return next(context);
        }

        if (HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers.Connection = "close";
        }

        return ProblemTypes.MalformedBody.With("The request says in two ways where its body ends. Send Content-Length or Transfer-Encoding, not both.").ToResult().ExecuteAsync(context);
    });
}
