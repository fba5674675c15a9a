using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>
/// One HTTP/1.1 connection over TLS with a client certificate, one request at a time, its bytes made beforehand: what HttpClient does beside that would take more of the cores than what is measured.
/// </summary>
internal sealed class DeviceConnection : IDisposable
{
    private const int AnswerBytesMax = 16 * 1024;
    private const int StatusAt = 9;

    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] LengthHeader = "\r\nContent-Length: "u8.ToArray();

    private readonly Socket _socket;
    private readonly SslStream _tls;
    private readonly byte[] _answer = new byte[AnswerBytesMax];

    private DeviceConnection(Socket socket, SslStream tls) => (_socket, _tls) = (socket, tls);

    public static async Task<DeviceConnection> OpenAsync(Uri address, SslClientAuthenticationOptions tls, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, ct);
            var stream = new SslStream(new NetworkStream(socket));
            await stream.AuthenticateAsClientAsync(tls, ct);
            return new DeviceConnection(socket, stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A request's bytes.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="token">The device's; null for none.</param>
    /// <param name="headers">Whole lines beside those that every request has.</param>
    /// <param name="body">What it carries.</param>
    public static byte[] Request(string path, string? token, string headers, ReadOnlySpan<byte> body)
    {
        var authorization = token is null ? "" : $"Authorization: Bearer {token}\r\n";
        var head = string.Create(CultureInfo.InvariantCulture, $"POST {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}{headers}Content-Length: {body.Length}\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    /// <summary>The bytes of a telemetry request.</summary>
    public static byte[] Request(PreparedBatch batch, string token) =>
        Request(Routes.Telemetry, token, $"Content-Type: {Headers.ProtobufMediaType}\r\n{Headers.Batch}: {batch.Header}\r\n", batch.Body);

    /// <summary>Sends a request; the answer's body when it is 200, valid until the next.</summary>
    /// <exception cref="InvalidOperationException">Another answer came; the message holds it.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> SendAsync(ReadOnlyMemory<byte> request, CancellationToken ct)
    {
        await _tls.WriteAsync(request, ct);
        for (var bytes = 0; ;)
        {
            var read = await _tls.ReadAsync(_answer.AsMemory(bytes), ct);
            if (read == 0)
            {
                throw new InvalidOperationException("The gateway closed the connection.");
            }

            bytes += read;
            if (TryBody(_answer.AsSpan(0, bytes)) is { } body)
            {
                return _answer.AsSpan(StatusAt, 3).SequenceEqual("200"u8)
                    ? _answer.AsMemory(body)
                    : throw new InvalidOperationException($"The gateway refused: {Encoding.UTF8.GetString(_answer.AsSpan(0, bytes))}");
            }
        }
    }

    public void Dispose()
    {
        _tls.Dispose();
        _socket.Dispose();
    }

    // One request is under way, so what has come is one answer, or its beginning.
    private static Range? TryBody(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf(HeadEnd);
        if (head < 0)
        {
            return null;
        }

        var body = head + HeadEnd.Length;
        var length = answer[..(head + 2)].IndexOf(LengthHeader);
        if (length >= 0)
        {
            var digits = answer[(length + LengthHeader.Length)..];
            var end = body + int.Parse(digits[..digits.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
            return answer.Length >= end ? body..end : null;
        }

        // In chunks: the first of them, which holds the whole of what services answer here.
        if (!answer[body..].EndsWith("0\r\n\r\n"u8))
        {
            return null;
        }

        var size = answer[body..].IndexOf("\r\n"u8);
        var first = int.Parse(answer.Slice(body, size), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return first == 0 ? body..body : (body + size + 2)..(body + size + 2 + first);
    }
}
