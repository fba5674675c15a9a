using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EdgeSync.Gateway;

/// <summary>Where the gateway listens, once it has started: the ports that it was given, or the free ones that it took.</summary>
public sealed class GatewayAddresses
{
    private readonly Dictionary<GatewayPort, ListenOptions> _listeners = [];

    /// <summary>The device port.</summary>
    /// <exception cref="InvalidOperationException">The gateway has not started.</exception>
    public int DevicePort => PortOf(GatewayPort.Device);

    /// <summary>The operator port.</summary>
    /// <exception cref="InvalidOperationException">The gateway has not started.</exception>
    public int OperatorPort => PortOf(GatewayPort.Operator);

    /// <summary>The port for health.</summary>
    /// <exception cref="InvalidOperationException">The gateway has not started.</exception>
    public int ManagementPort => PortOf(GatewayPort.Management);

    /// <summary>Remembers the listener: the server writes the port that it bound back into it.</summary>
    internal Action<ListenOptions> Bind(GatewayPort port, Action<ListenOptions> configure) => listen =>
    {
        _listeners[port] = listen;
        configure(listen);
    };

    private int PortOf(GatewayPort port) => _listeners.TryGetValue(port, out var listener) && listener.IPEndPoint is { Port: not 0 } bound
        ? bound.Port
        : throw new InvalidOperationException("The gateway does not listen yet. Ask for its ports after it has started.");
}
