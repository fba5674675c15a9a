using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EdgeSync.Protocol;

/// <summary>
/// A digest over some entries of a stream, by content and not by what came before: two sides that have the same have the same digest, and where they differ, parts tell where. The first
/// <see cref="Bytes"/> bytes of SHA-256 over, for each reading, 0x01, its number (8 bytes, little-endian) and its canonical bytes; for numbers in a declared gap that the other side does not
/// know, 0x03 and the first and the last of them (8 bytes each). Not safe for several threads.
/// </summary>
/// <remarks>It finds damage, which is accidental; what is put in the place of damage is held to the whole chain of SHA-256.</remarks>
public sealed class RangeDigest : IDisposable
{
    /// <summary>Its size.</summary>
    public const int Bytes = 8;

    private const byte ReadingMark = 1;
    private const byte GapMark = 3;
    private const int HeadBytes = 1 + 8;
    private const int BufferBytes = 16 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = new byte[BufferBytes];
    private int _length;

    /// <summary>Adds a reading, in the order of the numbers.</summary>
    public void Add(long number, in Reading reading)
    {
        MakeRoom(HeadBytes + DigestChain.CanonicalBytesMax(reading));
        Write(ReadingMark, number);
        _length += DigestChain.WriteCanonical(_buffer.AsSpan(_length), reading);
    }

    /// <summary>Adds numbers that the device has given up and the other side has not heard of.</summary>
    public void AddGap(long from, long to)
    {
        MakeRoom(HeadBytes + 8);
        Write(GapMark, from);
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(_length), to);
        _length += 8;
    }

    /// <summary>Writes the digest over what was added, and begins anew.</summary>
    /// <param name="destination"><see cref="Bytes"/> bytes.</param>
    public void Finish(Span<byte> destination)
    {
        Flush();
        Span<byte> whole = stackalloc byte[Digest.Bytes];
        _hash.GetHashAndReset(whole);
        whole[..Bytes].CopyTo(destination);
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Write(byte mark, long number)
    {
        _buffer[_length++] = mark;
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(_length), number);
        _length += 8;
    }

    private void MakeRoom(int bytes)
    {
        if (_length + bytes > _buffer.Length)
        {
            Flush();
            if (bytes > _buffer.Length)
            {
                _buffer = new byte[bytes];
            }
        }
    }

    private void Flush()
    {
        _hash.AppendData(_buffer, 0, _length);
        _length = 0;
    }
}
