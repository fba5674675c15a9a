using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EdgeSync.Protocol;

/// <summary>
/// The chain over a stream: D(0) names the stream, D(n) = SHA-256(D(n-1) | canonical bytes of reading n). Device and cloud
/// compute it apart, so equal digests at n prove equal readings 1 to n.
/// </summary>
/// <remarks>
/// Canonical bytes, integers little-endian: 4 bytes length of the sensor's name and its UTF-8; 8 bytes recorded_at in microseconds;
/// 1 byte flags (1: has a value, 2: has a payload); if so 8 bytes IEEE 754 bits of the value, -0.0 written as 0.0; if so 4 bytes
/// length of the payload and its UTF-8 as it was sent; if flag 4 (repeats a refused entry) 8 bytes epoch and 8 bytes number of that entry.
/// </remarks>
public static class DigestChain
{
    private const int FixedBytes = Digest.Bytes + 4 + 8 + 1 + 8 + 4 + 16;
    private const int StackBytesMax = 512;
    private const byte HasValue = 1;
    private const byte HasPayload = 2;
    private const byte IsReplay = 4;

    /// <summary>D(0): SHA-256 of <c>edgesync/stream/1</c>, the device's UUID (16 bytes, big-endian) and the epoch (8 bytes, little-endian).</summary>
    public static Digest Origin(DeviceId device, Epoch epoch)
    {
        var label = "edgesync/stream/1"u8;
        Span<byte> bytes = stackalloc byte[label.Length + 16 + 8];
        label.CopyTo(bytes);
        device.Value.TryWriteBytes(bytes[label.Length..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[(label.Length + 16)..], epoch.Value);
        return Hash(bytes);
    }

    /// <summary>D(n) from D(n-1) and reading n.</summary>
    public static Digest Next(in Digest previous, in Reading reading)
    {
        var bytesMax = CanonicalBytesMax(reading);
        var rented = bytesMax > StackBytesMax ? ArrayPool<byte>.Shared.Rent(bytesMax) : null;
        var buffer = rented ?? stackalloc byte[StackBytesMax];
        previous.CopyTo(buffer);
        var length = Digest.Bytes + WriteCanonical(buffer[Digest.Bytes..], reading);
        var digest = Hash(buffer[..length]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return digest;
    }

    /// <summary>A reading's canonical bytes.</summary>
    public static byte[] Canonical(in Reading reading)
    {
        var buffer = new byte[FixedBytes + Encoding.UTF8.GetByteCount(reading.Sensor) + Encoding.UTF8.GetByteCount(reading.Payload ?? "")];
        var length = WriteCanonical(buffer, reading);
        return buffer[..length];
    }

    /// <summary>Room enough for a reading's canonical bytes.</summary>
    internal static int CanonicalBytesMax(in Reading reading) =>
        FixedBytes + Encoding.UTF8.GetMaxByteCount(reading.Sensor.Length) + Encoding.UTF8.GetByteCount(reading.Payload ?? "");

    internal static int WriteCanonical(Span<byte> destination, in Reading reading)
    {
        var at = WriteText(destination, reading.Sensor);
        BinaryPrimitives.WriteInt64LittleEndian(destination[at..], reading.RecordedAt);
        at += 8;
        destination[at++] = (byte)((reading.Value is null ? 0 : HasValue) | (reading.Payload is null ? 0 : HasPayload) | (reading.ReplayOf is null ? 0 : IsReplay));
        if (reading.Value is { } number)
        {
            // -0.0 + 0.0 is 0.0: the two zeros are one reading, whatever a database or a language makes of the sign.
            BinaryPrimitives.WriteInt64LittleEndian(destination[at..], BitConverter.DoubleToInt64Bits(number + 0.0));
            at += 8;
        }

        if (reading.Payload is { } payload)
        {
            at += WriteText(destination[at..], payload);
        }

        if (reading.ReplayOf is { } replayed)
        {
            BinaryPrimitives.WriteInt64LittleEndian(destination[at..], replayed.Epoch.Value);
            BinaryPrimitives.WriteInt64LittleEndian(destination[(at + 8)..], replayed.Number);
            at += 16;
        }

        return at;
    }

    private static int WriteText(Span<byte> destination, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, destination[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(destination, length);
        return 4 + length;
    }

    private static Digest Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Digest.Bytes];
        SHA256.HashData(bytes, hash);
        return new Digest(hash);
    }
}
