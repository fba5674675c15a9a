using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace EdgeSync.Gateway;

/// <summary>
/// Handshakes of a port under way at once, and the line of those that wait for one: first come, first served. Who has not sent its first message yet stands in no line and takes no place, so that
/// connections that are only opened cost a socket and nothing else.
/// </summary>
internal sealed class HandshakeLine(AdmissionOptions options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _places = new(options.HandshakesInFlight);

    /// <summary>Before TLS. The place is given back by <see cref="Leave"/>, or when the connection ends.</summary>
    public ConnectionDelegate Before(ConnectionDelegate next) => async connection =>
    {
        if (!await HasHelloAsync(connection) || !await HasTurnAsync(connection))
        {
            connection.Abort();
            return;
        }

        using var place = new Place(_places);
        connection.Features.Set(place);
        await next(connection);
    };

    /// <summary>After TLS: the handshake is over.</summary>
    public static void Leave(ConnectionContext connection) => connection.Features.Get<Place>()?.Dispose();

    public void Dispose() => _places.Dispose();

    private async Task<bool> HasHelloAsync(ConnectionContext connection)
    {
        using var patience = new Patience(options.HelloTimeout, time, connection.ConnectionClosed);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(patience.Token);
                var isWhole = TlsHello.IsWhole(read.Buffer);
                // Nothing is taken: TLS reads it again.
                input.AdvanceTo(read.Buffer.Start, isWhole ? read.Buffer.Start : read.Buffer.End);
                if (isWhole || read.IsCompleted || read.IsCanceled)
                {
                    return isWhole;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return false;
        }
    }

    private async Task<bool> HasTurnAsync(ConnectionContext connection)
    {
        using var patience = new Patience(options.TurnTimeout, time, connection.ConnectionClosed);
        try
        {
            await _places.WaitAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Given back once, however often that is said.</summary>
    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                places.Release();
            }
        }
    }

    /// <summary>Ends after a time, or with the connection.</summary>
    private sealed class Patience : IDisposable
    {
        private readonly CancellationTokenSource _time;
        private readonly CancellationTokenSource _either;

        public Patience(TimeSpan timeout, TimeProvider time, CancellationToken closed)
        {
            _time = new CancellationTokenSource(timeout, time);
            _either = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, closed);
        }

        public CancellationToken Token => _either.Token;

        public void Dispose()
        {
            _either.Dispose();
            _time.Dispose();
        }
    }
}

/// <summary>The first record of a TLS connection (RFC 8446, 5.1).</summary>
internal static class TlsHello
{
    private const byte Handshake = 22;
    private const int HeaderBytes = 5;
    private const int RecordBytesMax = 16 * 1024;

    /// <summary>Whether it is there as a whole; true also for what is no such record: whoever reads it will say so.</summary>
    public static bool IsWhole(ReadOnlySequence<byte> received)
    {
        if (received.Length < HeaderBytes)
        {
            return received.Length > 0 && received.FirstSpan[0] != Handshake;
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        received.Slice(0, HeaderBytes).CopyTo(header);
        var length = (header[3] << 8) | header[4];
        return header[0] != Handshake || length > RecordBytesMax || received.Length >= HeaderBytes + length;
    }
}
