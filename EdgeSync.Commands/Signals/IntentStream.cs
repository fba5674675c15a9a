using System.Globalization;
using System.Text.Json;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>
/// A device's event stream: its intent version at the start and after every change, a comment line while nothing happens. Written by hand, since the
/// framework's server-sent events have no comments. Ends with the request, with the service, or when the device has opened too many others.
/// </summary>
internal sealed class IntentStream(DeviceWaiter waiter) : IResult, IStatusCodeHttpResult
{
    public int? StatusCode => StatusCodes.Status200OK;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var subscription = waiter;
        var services = httpContext.RequestServices;
        var time = services.GetRequiredService<TimeProvider>();
        var comment = services.GetRequiredService<IOptions<CommandsOptions>>().Value.EventCommentInterval;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            httpContext.RequestAborted, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        httpContext.Response.ContentType = "text/event-stream";
        httpContext.Response.Headers.CacheControl = "no-store";
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            var sent = await services.GetRequiredService<HintStore>().ReadAsync(waiter.Device, ending.Token);
            await WriteEventAsync(httpContext.Response, sent, ending.Token);
            while (!waiter.IsEnded)
            {
                if (!await waiter.WaitAsync(comment, time, ending.Token))
                {
                    await WriteAsync(httpContext.Response, ":\n\n", ending.Token);
                }
                else if (waiter.IntentVersion is var version && version > sent)
                {
                    await WriteEventAsync(httpContext.Response, version, ending.Token);
                    sent = version;
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The stream's usual end.
        }
    }

    private static Task WriteEventAsync(HttpResponse response, long intentVersion, CancellationToken cancellationToken) =>
        WriteAsync(
            response,
            string.Create(CultureInfo.InvariantCulture, $"event: intent\ndata: {JsonSerializer.Serialize(new IntentEvent(intentVersion), ProtocolJson.Default.IntentEvent)}\n\n"),
            cancellationToken);

    private static async Task WriteAsync(HttpResponse response, string text, CancellationToken cancellationToken)
    {
        await response.WriteAsync(text, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
