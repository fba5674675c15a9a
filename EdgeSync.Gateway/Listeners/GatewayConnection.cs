namespace EdgeSync.Gateway;

/// <summary>The doors of the gateway.</summary>
internal enum GatewayPort
{
    Device,
    Operator,
    Management,
}

/// <summary>What is known of a connection before its first request: a connection feature.</summary>
/// <param name="Port">The door it came through.</param>
/// <param name="Certificate">What its certificate says; only on the device port.</param>
internal sealed record GatewayConnection(GatewayPort Port, DeviceCertificate? Certificate = null)
{
    /// <summary>The connection that a request came over.</summary>
    public static GatewayConnection Of(HttpContext context) =>
        context.Features.Get<GatewayConnection>()
        ?? throw new InvalidOperationException("The request came through a listener that is not the gateway's. Configure listeners in the section Gateway only.");
}
