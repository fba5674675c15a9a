using Microsoft.AspNetCore.Builder;

namespace EdgeSync.ServiceDefaults;

/// <summary>Who may call a route. Every route says it by one of these; one that says nothing refuses everybody.</summary>
public static class Access
{
    /// <summary>A device, about itself.</summary>
    public const string Device = "device";

    /// <summary>A device, for a new certificate.</summary>
    public const string Renewal = "renewal";

    /// <summary>An operator who may look: role <c>fleet.read</c> or <c>fleet.write</c>.</summary>
    public const string FleetRead = "fleet.read";

    /// <summary>An operator who may change something: role <c>fleet.write</c>.</summary>
    public const string FleetWrite = "fleet.write";

    /// <summary>Authentication by a device's token.</summary>
    public const string DeviceScheme = "device-token";

    /// <summary>Authentication by an operator's token.</summary>
    public const string OperatorScheme = "operator-token";

    /// <summary>For devices: the caller is the <see cref="DeviceIdentity"/> of its token.</summary>
    public static TBuilder RequireDevice<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(Device);

    /// <summary>For devices that renew their certificate.</summary>
    public static TBuilder RequireRenewal<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(Renewal);

    /// <summary>For operators who may look.</summary>
    public static TBuilder RequireFleetRead<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(FleetRead);

    /// <summary>For operators who may change something.</summary>
    public static TBuilder RequireFleetWrite<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(FleetWrite);

    /// <summary>For anybody who reaches it: the route checks a secret in the body itself, or no gateway leads to it.</summary>
    /// <param name="builder">The route.</param>
    /// <param name="because">Why that is right.</param>
    public static TBuilder AllowAnyone<TBuilder>(this TBuilder builder, string because)
        where TBuilder : IEndpointConventionBuilder => builder.AllowAnonymous().WithMetadata(new OpenAccess(because));
}

/// <summary>Says of a route why anybody may call it.</summary>
/// <param name="Because">For people.</param>
public sealed record OpenAccess(string Because);
