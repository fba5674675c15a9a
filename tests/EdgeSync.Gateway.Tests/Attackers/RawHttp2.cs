using System.Buffers.Binary;
using System.Net.Security;
using System.Text;

namespace EdgeSync.Gateway.Tests;

/// <summary>HTTP/2 frames by hand (RFC 9113, 4.1), with header fields that are neither indexed nor compressed (RFC 7541, 6.2.2).</summary>
internal sealed class RawHttp2(SslStream stream)
{
    public const byte HeadersFrame = 1;
    public const byte ResetFrame = 3;
    public const byte SettingsFrame = 4;
    public const byte GoAwayFrame = 7;
    public const int EnhanceYourCalm = 11;
    public const int RefusedStream = 7;

    private const int Cancel = 8;
    private const byte EndStreamEndHeaders = 5;

    /// <summary>The preface, and an empty SETTINGS.</summary>
    public async Task BeginAsync(CancellationToken ct) =>
        await stream.WriteAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(SettingsFrame, 0, 0, [])], ct);

    public async Task SendAsync(byte[] frames, CancellationToken ct) => await stream.WriteAsync(frames, ct);

    /// <summary>GET, as a whole request.</summary>
    public static byte[] Get(int id, string path, string token) =>
        Frame(HeadersFrame, EndStreamEndHeaders, id, [0x82, 0x87, .. Field(":path", path), .. Field(":authority", "localhost"), .. Field("authorization", $"Bearer {token}")]);

    public static byte[] Reset(int id)
    {
        var code = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(code, Cancel);
        return Frame(ResetFrame, 0, id, code);
    }

    /// <summary>The next frame that is of one of these types; null when the server closed.</summary>
    public async Task<(byte Type, int Id, byte[] Payload)?> ReadAsync(byte[] types, CancellationToken ct)
    {
        var header = new byte[9];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(header, ct);
                var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
                await stream.ReadExactlyAsync(payload, ct);
                if (types.Contains(header[3]))
                {
                    return (header[3], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
                }
            }
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static byte[] Frame(byte type, byte flags, int id, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2], frame[3], frame[4]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
        payload.CopyTo(frame, 9);
        return frame;
    }

    private static byte[] Field(string name, string value) => [0, .. Text(name), .. Text(value)];

    // A length of 127 and more goes on in further bytes of 7 bits.
    private static byte[] Text(string text)
    {
        var bytes = new List<byte>();
        var rest = text.Length;
        if (rest < 127)
        {
            bytes.Add((byte)rest);
        }
        else
        {
            bytes.Add(127);
            for (rest -= 127; rest >= 128; rest >>= 7)
            {
                bytes.Add((byte)((rest & 127) | 128));
            }

            bytes.Add((byte)rest);
        }

        return [.. bytes, .. Encoding.ASCII.GetBytes(text)];
    }
}
