using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>Refuses what is too much before a service hears of it, by the header of a batch and without its body. Refused always means not stored.</summary>
internal static class RateLimiting
{
    public static void UseRateLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<RateLimits>();
        var metrics = app.Services.GetRequiredService<GatewayMetrics>();
        app.Use(async (context, next) =>
        {
            var connection = GatewayConnection.Of(context);
            if (connection.Port is GatewayPort.Management)
            {
                await next(context);
                return;
            }

            var (lane, readings) = Measure(context, connection.Port);
            using var entered = limits.TryEnter(connection.Certificate?.Device, lane, readings, out var hit);
            if (hit is not null)
            {
                await hit.AnswerAsync(context, metrics);
                return;
            }

            await next(context);
            entered!.IsAccepted = context.Response.StatusCode is StatusCodes.Status200OK;
        });
    }

    /// <summary>The numbers of a declared gap count as readings, but never more than a batch may hold. A batch whose header cannot be read is one request: Ingest refuses it, and what it refuses costs it little.</summary>
    private static (RequestLane Lane, long Readings) Measure(HttpContext context, GatewayPort port) =>
        port is GatewayPort.Operator ? (RequestLane.Operator, 0)
        : context.Request.Path != Routes.Telemetry ? (RequestLane.Control, 0)
        : BatchHeader.TryParse(context.Request.Headers[Headers.Batch], out var batch) ? (batch.Lane is Lane.Backlog ? RequestLane.Backlog : RequestLane.Live, Math.Min(batch.Count, Protocol.Limits.BatchReadingsMax))
        : (RequestLane.Live, 0);
}
