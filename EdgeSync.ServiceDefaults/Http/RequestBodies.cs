using EdgeSync.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace EdgeSync.ServiceDefaults;

/// <summary>How much of a body is read: as it travels, after decompression, and always to its end.</summary>
internal static class RequestBodies
{
    /// <summary>A bit above the protocol's limit, so that whoever reads a body can say what in it is too large.</summary>
    public const long BytesMax = Limits.BodyBytesMax + 1_024;

    public static void AddRequestBodies(this IServiceCollection services)
    {
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BytesMax;
        });
        // What comes out of decompression counts against MaxRequestBodySize too.
        services.AddRequestDecompression(options => CompressedBody.Replace(options.DecompressionProviders));
    }

    /// <summary>Reads what an early answer left unread, a refusal too. Over HTTP/2 an answer before the request's end resets the stream, and the proxy makes a 502 of it.</summary>
    public static void UseReadToEnd(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var body = context.Request.Body;
        await next(context);
        try
        {
            await body.CopyToAsync(Stream.Null, context.RequestAborted);
        }
        catch (Exception e) when (e is BadHttpRequestException or IOException or OperationCanceledException)
        {
            // Too large, too slow or gone: the answer stands, and the server closes what cannot be read.
        }
    });

    /// <summary>gzip and brotli; any other encoding is refused.</summary>
    public static void UseDecompression(this IApplicationBuilder app)
    {
        app.UseRequestDecompression();
        // The framework removes the header where it understood it, and lets the rest pass as it is.
        app.Use((context, next) =>
        {
            var encoding = context.Request.Headers.ContentEncoding.ToString();
            return encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)
                ? next(context)
                : ProblemTypes.UnsupportedMediaType.With($"Content-Encoding '{encoding}' is not read. Send gzip, br or none.").ToResult().ExecuteAsync(context);
        });
    }
}
