using EdgeSync.ServiceDefaults;
using Yarp.ReverseProxy.Configuration;

namespace EdgeSync.Gateway;

/// <summary>What a request must show to take a route.</summary>
internal enum RouteAccess
{
    /// <summary>A device's certificate and its token.</summary>
    Token,

    /// <summary>A device's certificate, which may have expired lately; the gateway makes the token.</summary>
    Renewal,

    /// <summary>A device's certificate alone: what the gateway itself answers.</summary>
    Certificate,

    /// <summary>An operator's token.</summary>
    Operator,

    /// <summary>Nothing here: the service checks a secret in the body.</summary>
    Open,
}

/// <summary>What a request must meet to take a route: read from the route's <c>Metadata</c>, a field for each condition.</summary>
/// <param name="Port">The only door that leads to the route.</param>
/// <param name="Access">What must be shown there.</param>
internal sealed record RoutePolicy(GatewayPort Port, RouteAccess Access)
{
    private const string PortField = "Port";
    private const string AccessField = "Access";

    /// <summary>Reads the policy.</summary>
    /// <exception cref="InvalidOperationException">The route has none; the message says what to write.</exception>
    public static RoutePolicy Read(RouteConfig route)
    {
        var port = ReadPort(route);
        return new RoutePolicy(port, (port, Field(route, AccessField)) switch
        {
            (GatewayPort.Device, nameof(RouteAccess.Token)) => RouteAccess.Token,
            (GatewayPort.Device, nameof(RouteAccess.Renewal)) => RouteAccess.Renewal,
            (GatewayPort.Operator, nameof(RouteAccess.Operator)) => RouteAccess.Operator,
            (GatewayPort.Operator, nameof(RouteAccess.Open)) => RouteAccess.Open,
            (GatewayPort.Device, var other) => throw Wrong(route, AccessField, other, "Token, or Renewal for a new certificate: what a device must show"),
            (_, var other) => throw Wrong(route, AccessField, other, "Operator, or Open where the service checks a secret in the body: what must be shown"),
        });
    }

    private static GatewayPort ReadPort(RouteConfig route) => Field(route, PortField) switch
    {
        nameof(GatewayPort.Device) => GatewayPort.Device,
        nameof(GatewayPort.Operator) => GatewayPort.Operator,
        var other => throw Wrong(route, PortField, other, "Device or Operator: the port that leads to the route"),
    };

    private static string? Field(RouteConfig route, string field) => route.Metadata?.GetValueOrDefault(field);

    private static InvalidOperationException Wrong(RouteConfig route, string field, string? value, string expected) =>
        new($"ReverseProxy:Routes:{route.RouteId}:Metadata:{field} is '{value}'. Write {expected}.");
}

/// <summary>No route without a policy: checked when routes are loaded, not when the first request comes. Operators' tokens are the framework's to check; devices' are bound to the connection.</summary>
internal sealed class RoutePolicyFilter : IProxyConfigFilter
{
    // YARP's word for a route that the framework's authorization lets pass.
    private const string Anonymous = "anonymous";

    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => ValueTask.FromResult(cluster);

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) =>
        ValueTask.FromResult(route with { AuthorizationPolicy = RoutePolicy.Read(route).Access is RouteAccess.Operator ? Access.FleetRead : Anonymous });
}
