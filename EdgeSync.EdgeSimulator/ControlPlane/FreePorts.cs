using System.Net;
using System.Net.Sockets;

namespace EdgeSync.EdgeSimulator;

/// <summary>Ports of 127.0.0.1 that are free now. Services that are killed and restarted need the same ports again, so they are chosen beforehand.</summary>
internal static class FreePorts
{
    public static int[] Take(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            listeners.ForEach(listener => listener.Start());
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }

    /// <summary>Says plainly when a port that the user asked for is taken.</summary>
    /// <exception cref="UsageException">It is.</exception>
    public static void Require(int port, string option)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new UsageException($"Port {port} of 127.0.0.1 cannot be used ({e.Message}). Stop the program that has it, or choose another with {option}.", e);
        }
    }
}
