using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EdgeSync.Benchmarks;

/// <summary>
/// One HTTP/2 connection without TLS that sends prepared requests and does nothing else, so that the load takes little of the cores that it is to measure:
/// far less than HttpClient would.
/// </summary>
internal sealed class H2cConnection : IDisposable
{
    // RFC 7541: ":status: 200" of the static table, perhaps after a change of the dynamic table's size.
    private const byte StatusOk = 0x88;
    private const byte TableSizeUpdate = 0x20;
    private const byte TableSizeUpdateMask = 0xE0;

    private const int FirstWindow = 65_535;
    private const int ReceiveBytes = 64 * 1024;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly MemoryStream _output = new();
    private readonly Dictionary<int, Sender> _streams = [];
    private readonly Queue<Sender> _waiting = [];
    private readonly byte[] _received = new byte[ReceiveBytes];
    private int _receivedBytes;
    private int _nextStream = 1;
    private long _window = FirstWindow;

    public static async Task<H2cConnection> OpenAsync(IPEndPoint address, CancellationToken ct)
    {
        var connection = new H2cConnection();
        await connection._socket.ConnectAsync(address, ct);
        connection._output.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        // No dynamic table, no push; and a window that answers never fill.
        connection._output.Write([0, 0, 12, H2c.Settings, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
        connection._output.Write([0, 0, 4, H2c.WindowUpdate, 0, 0, 0, 0, 0, 0x7F, 0xFF, 0, 0]);
        return connection;
    }

    /// <summary>Sends the requests of each sender one after the other, all senders at once; returns when each is answered with 200.</summary>
    /// <exception cref="InvalidOperationException">Another answer came; the message holds it.</exception>
    public async Task SendAsync(IEnumerable<IReadOnlyList<H2cRequest>> senders, CancellationToken ct)
    {
        foreach (var requests in senders.Where(requests => requests.Count > 0))
        {
            Send(new Sender(requests));
        }

        while (_streams.Count + _waiting.Count > 0)
        {
            await FlushAsync(ct);
            await ReceiveAsync(ct);
        }

        await FlushAsync(ct);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _output.Dispose();
    }

    private void Send(Sender sender)
    {
        _waiting.Enqueue(sender);
        SendWaiting();
    }

    private void SendWaiting()
    {
        while (_waiting.TryPeek(out var sender) && sender.Request.BodyBytes <= _window)
        {
            _waiting.Dequeue();
            _window -= sender.Request.BodyBytes;
            _streams.Add(_nextStream, sender);
            _output.Write(sender.Request.On(_nextStream));
            _nextStream += 2;
        }
    }

    private async Task FlushAsync(CancellationToken ct)
    {
        for (var bytes = _output.GetBuffer().AsMemory(0, (int)_output.Length); bytes.Length > 0;)
        {
            bytes = bytes[await _socket.SendAsync(bytes, ct)..];
        }

        _output.SetLength(0);
    }

    private async Task ReceiveAsync(CancellationToken ct)
    {
        var read = await _socket.ReceiveAsync(_received.AsMemory(_receivedBytes), ct);
        if (read == 0)
        {
            throw new InvalidOperationException("Ingest closed the connection.");
        }

        _receivedBytes += read;
        var at = 0;
        while (_receivedBytes - at >= H2c.FrameHeaderBytes)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(_received.AsSpan(at)) >>> 8;
            if (_receivedBytes - at < H2c.FrameHeaderBytes + length)
            {
                break;
            }

            var stream = BinaryPrimitives.ReadInt32BigEndian(_received.AsSpan(at + 5)) & int.MaxValue;
            Take(_received[at + 3], _received[at + 4], stream, _received.AsSpan(at + H2c.FrameHeaderBytes, length));
            at += H2c.FrameHeaderBytes + length;
        }

        _received.AsSpan(at, _receivedBytes - at).CopyTo(_received);
        _receivedBytes -= at;
    }

    private void Take(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case H2c.Headers when _streams.TryGetValue(stream, out var sender):
                sender.IsOk = IsOk(payload);
                break;
            case H2c.Data when _streams.TryGetValue(stream, out var sender) && !sender.IsOk:
                throw new InvalidOperationException($"Ingest refused a batch: {Encoding.UTF8.GetString(payload)}");
            case H2c.Settings or H2c.Ping when (flags & H2c.Acknowledgement) == 0:
                Acknowledge(type, payload);
                break;
            case H2c.WindowUpdate when stream == 0:
                _window += BinaryPrimitives.ReadInt32BigEndian(payload);
                SendWaiting();
                break;
            case H2c.ResetStream or H2c.GoAway:
                throw new InvalidOperationException($"Ingest broke off (HTTP/2 frame {type}, stream {stream}).");
        }

        if (type is H2c.Headers or H2c.Data && (flags & H2c.EndStream) != 0 && _streams.Remove(stream, out var answered) && answered.MoveNext())
        {
            Send(answered);
        }
    }

    private void Acknowledge(byte type, ReadOnlySpan<byte> payload)
    {
        var echo = type == H2c.Ping ? payload : [];
        _output.Write([0, 0, (byte)echo.Length, type, H2c.Acknowledgement, 0, 0, 0, 0]);
        _output.Write(echo);
    }

    private static bool IsOk(ReadOnlySpan<byte> headerBlock)
    {
        while (headerBlock.Length > 0 && (headerBlock[0] & TableSizeUpdateMask) == TableSizeUpdate)
        {
            headerBlock = headerBlock[1..];
        }

        return headerBlock.Length > 0 && headerBlock[0] == StatusOk;
    }

    private sealed class Sender(IReadOnlyList<H2cRequest> requests)
    {
        private int _at;

        public H2cRequest Request => requests[_at];

        public bool IsOk { get; set; }

        public bool MoveNext()
        {
            if (!IsOk)
            {
                throw new InvalidOperationException("Ingest refused a batch without saying why.");
            }

            IsOk = false;
            return ++_at < requests.Count;
        }
    }
}
