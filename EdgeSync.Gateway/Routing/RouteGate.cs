using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Yarp.ReverseProxy.Model;

namespace EdgeSync.Gateway;

/// <summary>Holds each route's <see cref="RoutePolicy"/>. What the other port leads to does not exist here.</summary>
internal static class RouteGate
{
    public static void UseRoutePolicy(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var route = context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>();
        // Endpoints that are no routes answer about the gateway itself.
        var door = route is null ? GatewayPort.Management : RoutePolicy.Read(route.Config).Port;
        return GatewayConnection.Of(context).Port == door
            ? next(context)
            : ProblemTypes.NotFound.With("There is nothing at this path on this port. Check path and port: devices and operators have one each.").ToResult().ExecuteAsync(context);
    });
}
