using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Gateway;

/// <summary>Finds each request's <see cref="RoutePolicy"/>. What the other port leads to does not exist here.</summary>
internal static class RouteGate
{
    /// <summary>The policy of the request's route; null for what answers about the gateway itself, and for paths that do not exist.</summary>
    public static RoutePolicy? PolicyOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RoutePolicy>();

    public static void UseRoutePolicy(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var door = PolicyOf(context)?.Port ?? GatewayPort.Management;
        return GatewayConnection.Of(context).Port == door
            ? next(context)
            : ProblemTypes.NotFound.With("There is nothing at this path on this port. Check path and port: devices and operators have one each.").ToResult().ExecuteAsync(context);
    });
}
