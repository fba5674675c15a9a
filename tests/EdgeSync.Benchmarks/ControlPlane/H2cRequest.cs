using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>A telemetry request as the frames of HTTP/2 (RFC 9113, RFC 7541), made before it is sent: only its stream's number is missing.</summary>
internal sealed class H2cRequest
{
    private const int FrameBytesMax = 16_384;

    // A stream's window before the server says otherwise; a larger body would have to wait for it.
    private const int BodyBytesMax = 65_535;

    private readonly byte[] _frames;

    private H2cRequest(byte[] frames, int bodyBytes)
    {
        _frames = frames;
        BodyBytes = bodyBytes;
    }

    /// <summary>What it takes of the connection's window.</summary>
    public int BodyBytes { get; }

    public static H2cRequest Encode(string token, string batchHeader, byte[] body)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(body.Length, BodyBytesMax);
        using var frames = new MemoryStream();
        WriteFrame(frames, type: H2c.Headers, flags: H2c.EndHeaders, HeaderBlock(token, batchHeader, body.Length));
        for (var at = 0; at < body.Length; at += FrameBytesMax)
        {
            var length = Math.Min(FrameBytesMax, body.Length - at);
            WriteFrame(frames, type: H2c.Data, flags: at + length == body.Length ? H2c.EndStream : (byte)0, body.AsSpan(at, length));
        }

        return new H2cRequest(frames.ToArray(), body.Length);
    }

    /// <summary>Its bytes on a stream. A request is sent once.</summary>
    public ReadOnlySpan<byte> On(int stream)
    {
        for (var at = 0; at < _frames.Length;)
        {
            BinaryPrimitives.WriteInt32BigEndian(_frames.AsSpan(at + 5), stream);
            at += H2c.FrameHeaderBytes + (BinaryPrimitives.ReadInt32BigEndian(_frames.AsSpan(at)) >>> 8);
        }

        return _frames;
    }

    private static void WriteFrame(MemoryStream frames, byte type, byte flags, ReadOnlySpan<byte> payload)
    {
        frames.Write([(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, 0]);
        frames.Write(payload);
    }

    // Literals without indexing, names from the static table where it has them.
    private static byte[] HeaderBlock(string token, string batchHeader, int bodyBytes)
    {
        using var block = new MemoryStream();
        block.Write([0x83, 0x86]);
        Literal([0x01], "ingest");
        Literal([0x04], Routes.Telemetry);
        Literal([0x0F, 0x10], Headers.ProtobufMediaType);
        Literal([0x0F, 0x0D], bodyBytes.ToString(CultureInfo.InvariantCulture));
        Literal([0x0F, 0x08], $"Bearer {token}");
        Named(Headers.Batch, batchHeader);
        return block.ToArray();

        void Named(string name, string value)
        {
            block.WriteByte(0x00);
            Text(name.ToLowerInvariant());
            Text(value);
        }

        void Literal(ReadOnlySpan<byte> name, string value)
        {
            block.Write(name);
            Text(value);
        }

        void Text(string text)
        {
            // A length is an integer with a prefix of 7 bits (RFC 7541, 5.1).
            const int Prefix = 127;
            block.WriteByte((byte)Math.Min(text.Length, Prefix));
            for (var rest = text.Length - Prefix; rest >= 0; rest = rest < 128 ? -1 : rest >> 7)
            {
                block.WriteByte((byte)(rest < 128 ? rest : (rest & 127) | 128));
            }

            block.Write(Encoding.ASCII.GetBytes(text));
        }
    }
}

/// <summary>Numbers of HTTP/2 (RFC 9113).</summary>
internal static class H2c
{
    public const int FrameHeaderBytes = 9;
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte ResetStream = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte EndStream = 1;
    public const byte Acknowledgement = 1;
    public const byte EndHeaders = 4;
}
