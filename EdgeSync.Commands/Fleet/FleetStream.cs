using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Tells whoever watches how the fleet is: an event <c>fleet</c> at the start and at each refresh, and an event <c>map</c> when devices have changed. Ends with the request or the service.</summary>
internal sealed class FleetStream(IDisposable watcher) : IResult, IStatusCodeHttpResult
{
    public int? StatusCode => StatusCodes.Status200OK;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var room = watcher;
        var services = httpContext.RequestServices;
        var (watch, time) = (services.GetRequiredService<FleetWatch>(), services.GetRequiredService<TimeProvider>());
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            httpContext.RequestAborted, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        httpContext.Response.ContentType = "text/event-stream";
        httpContext.Response.Headers.CacheControl = "no-store";
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        using var timer = new PeriodicTimer(services.GetRequiredService<IOptions<StatusOptions>>().Value.RefreshInterval, time);
        FleetSnapshot? shown = null;
        try
        {
            do
            {
                shown = await TellAsync(httpContext.Response, watch, shown, ending.Token);
            }
            while (await timer.WaitForNextTickAsync(ending.Token));
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The stream's usual end.
        }
    }

    private static async Task<FleetSnapshot?> TellAsync(HttpResponse response, FleetWatch watch, FleetSnapshot? shown, CancellationToken ct)
    {
        try
        {
            var now = await watch.ReadAsync(ct);
            if (!ReferenceEquals(now, shown))
            {
                await WriteAsync(response, "fleet", now.Status(null), ProtocolJson.Default.FleetStatus, ct);
            }

            if (shown is not null && now.ChangesSince(shown) is { } change)
            {
                await WriteAsync(response, "map", change, ProtocolJson.Default.FleetMapChange, ct);
            }

            shown = now;
        }
        catch (DbException)
        {
            // The database is away: whoever watches goes on watching, and sees that nothing comes but this.
            await response.WriteAsync("event: away\ndata: {}\n\n", ct);
        }

        await response.Body.FlushAsync(ct);
        return shown;
    }

    private static Task WriteAsync<T>(HttpResponse response, string name, T data, JsonTypeInfo<T> type, CancellationToken ct) =>
        response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(data, type)}\n\n", ct);
}
