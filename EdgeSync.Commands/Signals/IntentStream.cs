using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>
/// A device's event stream: its intent version at the start and after every change, a comment line while nothing happens. Ends with the request, with the service, or when the device has opened too many others.
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
        using var ending = EventStream.Begin(httpContext);
        try
        {
            var sent = await services.GetRequiredService<HintStore>().ReadAsync(waiter.Device, ending.Token);
            await WriteEventAsync(httpContext.Response, sent, ending.Token);
            while (!waiter.IsEnded)
            {
                if (!await waiter.WaitAsync(comment, time, ending.Token))
                {
                    await httpContext.Response.WriteCommentAsync(ending.Token);
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
        response.WriteEventAsync("intent", new IntentEvent(intentVersion), ProtocolJson.Default.IntentEvent, cancellationToken);
}
