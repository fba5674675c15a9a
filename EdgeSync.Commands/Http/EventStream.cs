using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeSync.Commands;

/// <summary>An answer that is a stream of server-sent events. Written by hand, since the framework's have no comments.</summary>
internal static class EventStream
{
    /// <summary>Begins the answer; what it returns is cancelled with the request, or when the service stops.</summary>
    public static CancellationTokenSource Begin(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
    }

    /// <summary>Sends an event.</summary>
    public static Task WriteEventAsync<T>(this HttpResponse response, string name, T data, JsonTypeInfo<T> type, CancellationToken ct) =>
        WriteAsync(response, $"event: {name}\ndata: {JsonSerializer.Serialize(data, type)}\n\n", ct);

    /// <summary>Sends an event that its name says all of.</summary>
    public static Task WriteEventAsync(this HttpResponse response, string name, CancellationToken ct) => WriteAsync(response, $"event: {name}\ndata: {{}}\n\n", ct);

    /// <summary>Sends what nobody reads, so that nobody takes the stream for dead.</summary>
    public static Task WriteCommentAsync(this HttpResponse response, CancellationToken ct) => WriteAsync(response, ":\n\n", ct);

    private static async Task WriteAsync(HttpResponse response, string text, CancellationToken ct)
    {
        await response.WriteAsync(text, ct);
        await response.Body.FlushAsync(ct);
    }
}
