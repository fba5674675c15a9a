using System.Net;
using System.Net.Sockets;

namespace EdgeSync.EdgeSimulator.Tests;

public sealed class FreePortsTests
{
    private const int Many = 40;

    [Fact]
    public void No_port_is_given_twice_and_each_can_be_listened_on()
    {
        int[] ports = [.. FreePorts.Take(Many), .. FreePorts.Take(Many)];

        Assert.Equal(2 * Many, ports.Distinct().Count());
        Assert.All(ports, static port =>
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        });
    }

    [Fact]
    public void Another_process_that_wants_the_same_block_finds_it_claimed()
    {
        var port = FreePorts.Take(1)[0];

        using var claim = new TcpListener(IPAddress.Loopback, port - (port % FreePorts.BlockSize));

        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(claim.Start).SocketErrorCode);
    }
}
