using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace EdgeSync.Gateway.Tests;

/// <summary>TLS with nothing above it: what is sent is what was written, which no HTTP client allows.</summary>
internal sealed class RawHttp : IAsyncDisposable
{
    private readonly TcpClient _socket = new();

    private RawHttp(GatewayFixture gateway, int port, bool withCertificate, SslApplicationProtocol protocol)
    {
        Port = port;
        Certificate = withCertificate ? gateway.Pki.IssueDevice(gateway.Device) : null;
        Options = gateway.ClientTls(Certificate);
        Options.ApplicationProtocols = [protocol];
    }

    public SslStream Stream { get; private set; } = null!;

    /// <summary>What it shows.</summary>
    public X509Certificate2? Certificate { get; }

    private int Port { get; }

    private SslClientAuthenticationOptions Options { get; }

    /// <summary>Of a device, over the device port.</summary>
    public static Task<RawHttp> DeviceAsync(GatewayFixture gateway, SslApplicationProtocol protocol, CancellationToken ct) =>
        ConnectAsync(new RawHttp(gateway, gateway.Addresses.DevicePort, true, protocol), ct);

    /// <summary>Of anybody, over a port.</summary>
    public static Task<RawHttp> AnybodyAsync(GatewayFixture gateway, int port, CancellationToken ct) =>
        ConnectAsync(new RawHttp(gateway, port, false, SslApplicationProtocol.Http11), ct);

    /// <summary>Sends a request with its line ends, and reads until the server closes.</summary>
    public async Task<string> SendAsync(string request, CancellationToken ct)
    {
        await Stream.WriteAsync(Encoding.ASCII.GetBytes(request), ct);
        return await ReadToEndAsync(ct);
    }

    public async Task<string> ReadToEndAsync(CancellationToken ct)
    {
        var answer = new StringBuilder();
        var buffer = new byte[4_096];
        try
        {
            while (await Stream.ReadAsync(buffer, ct) is > 0 and var read)
            {
                answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // The server closed what it did not want to read; what it said before counts.
        }

        return answer.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        _socket.Dispose();
    }

    private static async Task<RawHttp> ConnectAsync(RawHttp http, CancellationToken ct)
    {
        await http._socket.ConnectAsync(IPAddress.Loopback, http.Port, ct);
        http.Stream = new SslStream(http._socket.GetStream());
        await http.Stream.AuthenticateAsClientAsync(http.Options, ct);
        return http;
    }
}
