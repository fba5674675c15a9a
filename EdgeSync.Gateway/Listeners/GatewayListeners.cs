using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>The three doors: devices, operators, probes.</summary>
internal sealed class GatewayListeners(
    IOptions<GatewayOptions> options, IOptions<AdmissionOptions> admission, ServerCertificate certificate, DeviceTls deviceTls, GatewayAddresses addresses, GatewayMetrics metrics, TimeProvider time)
    : IConfigureOptions<KestrelServerOptions>, IDisposable
{
    // Apart, so that a fleet that comes back does not keep operators out.
    private readonly HandshakeLine _devices = new(admission.Value, time);
    private readonly HandshakeLine _operators = new(admission.Value, time);

    public void Configure(KestrelServerOptions kestrel)
    {
        var settings = options.Value;
        kestrel.Limits.MaxConcurrentConnections = settings.ConnectionsMax;
        InputLimits.Set(kestrel.Limits);
        Listen(kestrel, settings.ListenAddress, settings.DevicePort, addresses.Bind(GatewayPort.Device, ListenDevice));
        Listen(kestrel, settings.ListenAddress, settings.OperatorPort, addresses.Bind(GatewayPort.Operator, ListenOperator));
        Listen(kestrel, settings.ManagementAddress, settings.ManagementPort, addresses.Bind(GatewayPort.Management, ListenManagement));
    }

    public void Dispose()
    {
        _devices.Dispose();
        _operators.Dispose();
    }

    private void ListenDevice(ListenOptions listen)
    {
        Count(listen, GatewayPort.Device);
        listen.Use(_devices.Before);
        listen.UseHttps(deviceTls.Handshake);
        listen.Use(next => async connection =>
        {
            HandshakeLine.Leave(connection);
            if (deviceTls.Certificate(connection) is not { } certificate)
            {
                connection.Abort();
                return;
            }

            connection.Features.Set(new GatewayConnection(GatewayPort.Device, certificate));
            using var open = metrics.Connected(GatewayPort.Device);
            await next(connection);
        });
    }

    private void ListenOperator(ListenOptions listen)
    {
        Count(listen, GatewayPort.Operator);
        listen.Use(_operators.Before);
        listen.UseHttps(new ServerTls(certificate, admission.Value.HandshakeTimeout).Handshake);
        Mark(listen, GatewayPort.Operator);
    }

    private void ListenManagement(ListenOptions listen)
    {
        Count(listen, GatewayPort.Management);
        listen.Protocols = HttpProtocols.Http1;
        Mark(listen, GatewayPort.Management);
    }

    private void Count(ListenOptions listen, GatewayPort port) => listen.Use(next => connection =>
    {
        metrics.Accepted(port);
        return next(connection);
    });

    private void Mark(ListenOptions listen, GatewayPort port) => listen.Use(next => async connection =>
    {
        HandshakeLine.Leave(connection);
        connection.Features.Set(new GatewayConnection(port));
        using var open = metrics.Connected(port);
        await next(connection);
    });

    private static void Listen(KestrelServerOptions kestrel, string address, int port, Action<ListenOptions> configure)
    {
        if (address == GatewayOptions.AnyAddress)
        {
            kestrel.ListenAnyIP(port, configure);
        }
        else
        {
            kestrel.Listen(IPAddress.Parse(address), port, configure);
        }
    }
}
