using System.Data.Common;
using EdgeSync.Protocol;
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
        using var ending = EventStream.Begin(httpContext);
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
                await response.WriteEventAsync("fleet", now.Whole, ProtocolJson.Default.FleetStatus, ct);
            }

            if (shown is not null && now.ChangesSince(shown) is { } change)
            {
                await response.WriteEventAsync("map", change, ProtocolJson.Default.FleetMapChange, ct);
            }

            return now;
        }
        catch (DbException)
        {
            // The database is away: whoever watches goes on watching, and sees that nothing comes but this.
            await response.WriteEventAsync("away", ct);
            return shown;
        }
    }
}
