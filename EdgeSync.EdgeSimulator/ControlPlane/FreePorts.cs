using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Ports of 127.0.0.1 that are free now. Services that are killed and restarted need the same ports again, so they are chosen beforehand, and nobody listens on one until its service starts.
/// So that no other run takes it meanwhile, ports come in blocks, and a process listens on the first port of a block for as long as it lives: that is its claim to the others.
/// </summary>
internal static class FreePorts
{
    /// <summary>Ports of a block, the claim included; a block begins at a multiple of it.</summary>
    public const int BlockSize = 16;

    // Below the range that systems give to outgoing connections, which would take one too.
    private const int First = 20_000;
    private const int Blocks = 750;
    private const int TriesMax = 4 * Blocks;

    private static readonly Lock Taking = new();
    private static readonly List<TcpListener> Claims = [];
    private static readonly Queue<int> Left = [];

    /// <summary>Takes ports that nobody else is given while this process lives.</summary>
    /// <exception cref="UsageException">There are none.</exception>
    public static int[] Take(int count)
    {
        lock (Taking)
        {
            var ports = new List<int>(count);
            while (ports.Count < count)
            {
                if (Left.Count == 0)
                {
                    Claim();
                }

                var port = Left.Dequeue();
                using var listener = TryListen(port);
                if (listener is not null)
                {
                    ports.Add(port);
                }
            }

            return [.. ports];
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

    private static void Claim()
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var first = First + (BlockSize * RandomNumberGenerator.GetInt32(Blocks));
            if (TryListen(first) is { } claim)
            {
                Claims.Add(claim);
                Enumerable.Range(first + 1, BlockSize - 1).ToList().ForEach(Left.Enqueue);
                return;
            }
        }

        throw new UsageException(FormattableString.Invariant($"No port of 127.0.0.1 from {First} to {First + (Blocks * BlockSize)} is free. Stop programs that listen there."));
    }

    private static TcpListener? TryListen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            listener.Dispose();
            return null;
        }
    }
}
