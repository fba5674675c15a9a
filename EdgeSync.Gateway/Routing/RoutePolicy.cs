using Yarp.ReverseProxy.Configuration;

namespace EdgeSync.Gateway;

/// <summary>What a request must meet to take a route: read from the route's <c>Metadata</c>, a field for each condition.</summary>
/// <param name="Port">The only door that leads to the route.</param>
internal sealed record RoutePolicy(GatewayPort Port)
{
    private const string PortField = "Port";

    /// <summary>Reads the policy.</summary>
    /// <exception cref="InvalidOperationException">The route has none; the message says what to write.</exception>
    public static RoutePolicy Read(RouteConfig route) =>
        route.Metadata?.GetValueOrDefault(PortField) switch
        {
            nameof(GatewayPort.Device) => new RoutePolicy(GatewayPort.Device),
            nameof(GatewayPort.Operator) => new RoutePolicy(GatewayPort.Operator),
            var other => throw new InvalidOperationException(
                $"ReverseProxy:Routes:{route.RouteId}:Metadata:{PortField} is '{other}'. Write Device or Operator: the port that leads to the route."),
        };
}

/// <summary>No route without a policy: checked when routes are loaded, not when the first request comes.</summary>
internal sealed class RoutePolicyFilter : IProxyConfigFilter
{
    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => ValueTask.FromResult(cluster);

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel)
    {
        RoutePolicy.Read(route);
        return ValueTask.FromResult(route);
    }
}
