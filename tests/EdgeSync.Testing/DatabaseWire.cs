using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace EdgeSync.Testing;

/// <summary>Who sent a message.</summary>
public enum WireSender
{
    /// <summary>Npgsql.</summary>
    Client,

    /// <summary>PostgreSQL or CockroachDB.</summary>
    Server,
}

/// <summary>What happens to a message.</summary>
public enum WireFault
{
    /// <summary>It never arrives, and the connection is closed in both directions.</summary>
    CutBefore,

    /// <summary>It arrives, and nothing after it.</summary>
    CutAfter,

    /// <summary>Half of it arrives, and the connection is reset (RST) in both directions.</summary>
    ResetInside,

    /// <summary>It arrives late, and all is well.</summary>
    Delay,
}

/// <summary>
/// The wire between Npgsql and a database server, which breaks at a chosen message of PostgreSQL's protocol (version 3, without TLS). Messages are counted from
/// <see cref="Arm"/> on, over all connections; the fault strikes once.
/// </summary>
public sealed class DatabaseWire : IAsyncDisposable
{
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(5);

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Link, Task> _links = new();
    private readonly (string Host, int Port) _server;
    private readonly Lock _lock = new();
    private readonly Task _accepting;
    private volatile bool _isOpen;
    private (WireSender Sender, int Message, WireFault Fault)? _armed;

    /// <param name="connectionString">Leads to the server.</param>
    /// <param name="isOpen">Whether the server can be reached from the beginning.</param>
    public DatabaseWire(string connectionString, bool isOpen = true)
    {
        _isOpen = isOpen;
        _listener = new TcpListener(IPAddress.Loopback, 0);
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        _server = (server.Host!, server.Port);
        _listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = IPAddress.Loopback.ToString(),
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString;
        _accepting = AcceptAsync();
    }

    /// <summary>Leads over this wire.</summary>
    public string ConnectionString { get; }

    /// <summary>Whether the fault that was armed last is still to come.</summary>
    public bool IsArmed
    {
        get
        {
            lock (_lock)
            {
                return _armed is not null;
            }
        }
    }

    /// <summary>Strikes at a message of one sender, 0 for the next one.</summary>
    public void Arm(WireSender sender, int message, WireFault fault)
    {
        lock (_lock)
        {
            _armed = (sender, message, fault);
        }
    }

    /// <summary>Takes the fault back.</summary>
    public void Disarm()
    {
        lock (_lock)
        {
            _armed = null;
        }
    }

    /// <summary>From now on the server cannot be reached, and whoever speaks to it is cut off. The port is kept: another program that took it would be met in the server's place.</summary>
    public void Close()
    {
        _isOpen = false;
        foreach (var link in _links.Keys)
        {
            link.Cut(reset: false);
        }
    }

    /// <summary>The server can be reached again.</summary>
    public void Open() => _isOpen = true;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Close();
        await _end.CancelAsync();
        await _accepting;
        await Task.WhenAll(_links.Values);
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_end.Token);
                if (!_isOpen)
                {
                    client.Close(timeout: 0);
                    continue;
                }

                var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await server.ConnectAsync(_server.Host, _server.Port, _end.Token);
                }
                catch (SocketException)
                {
                    client.Dispose();
                    server.Dispose();
                    continue;
                }

                var link = new Link(client, server);
                _links[link] = PumpBothAsync(link);
                if (!_isOpen)
                {
                    link.Cut(reset: false);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Closed.
        }
    }

    private async Task PumpBothAsync(Link link)
    {
        using (link)
        {
            await Task.WhenAll(PumpAsync(link, WireSender.Client), PumpAsync(link, WireSender.Server));
        }
    }

    private async Task PumpAsync(Link link, WireSender sender)
    {
        var (from, to) = sender is WireSender.Client ? (link.Client, link.Server) : (link.Server, link.Client);
        try
        {
            // The start-up message alone has no type before its length.
            for (var prefix = sender is WireSender.Client ? 0 : 1; await ReadMessageAsync(from, prefix) is { } message; prefix = 1)
            {
                switch (Meet(sender))
                {
                    case WireFault.CutBefore:
                        link.Cut(reset: false);
                        return;
                    case WireFault.CutAfter:
                        await to.SendAsync(message, _end.Token);
                        link.Cut(reset: false);
                        return;
                    case WireFault.ResetInside:
                        await to.SendAsync(message.AsMemory(..(message.Length / 2)), _end.Token);
                        link.Cut(reset: true);
                        return;
                    case WireFault.Delay:
                        await Task.Delay(Lateness, TimeProvider.System, _end.Token);
                        break;
                }

                await to.SendAsync(message, _end.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone, and so the other.
        }

        link.Cut(reset: false);
    }

    private WireFault? Meet(WireSender sender)
    {
        lock (_lock)
        {
            if (_armed is not { } armed || armed.Sender != sender)
            {
                return null;
            }

            _armed = armed.Message == 0 ? null : armed with { Message = armed.Message - 1 };
            return armed.Message == 0 ? armed.Fault : null;
        }
    }

    private async Task<byte[]?> ReadMessageAsync(Socket from, int prefix)
    {
        var head = new byte[prefix + sizeof(int)];
        if (!await FillAsync(from, head))
        {
            return null;
        }

        var message = new byte[prefix + BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(prefix))];
        head.CopyTo(message, 0);
        return await FillAsync(from, message.AsMemory(head.Length..)) ? message : null;
    }

    private async Task<bool> FillAsync(Socket from, Memory<byte> buffer)
    {
        for (var filled = 0; filled < buffer.Length;)
        {
            var read = await from.ReceiveAsync(buffer[filled..], _end.Token);
            if (read == 0)
            {
                return false;
            }

            filled += read;
        }

        return true;
    }

    private sealed class Link : IDisposable
    {
        public Link(Socket client, Socket server)
        {
            Client = client;
            Server = server;
            client.NoDelay = server.NoDelay = true;
        }

        public Socket Client { get; }

        public Socket Server { get; }

        public void Cut(bool reset)
        {
            if (reset)
            {
                Client.Close(timeout: 0);
                Server.Close(timeout: 0);
                return;
            }

            ShutDown(Client);
            ShutDown(Server);
        }

        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
        }

        private static void ShutDown(Socket socket)
        {
            try
            {
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It is closed already.
            }
        }
    }
}
