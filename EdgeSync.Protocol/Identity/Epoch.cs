using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace EdgeSync.Protocol;

/// <summary>
/// Names one stream of a device: a random positive 63-bit number, drawn when a database file is first opened and again
/// whenever the device must not go on with the old numbers. A stream is (device, epoch).
/// </summary>
/// <param name="Value">1 to 2^63 - 1.</param>
public readonly record struct Epoch(long Value)
{
    /// <summary>Draws an epoch.</summary>
    /// <param name="random">Where the bits come from: cryptographic on a device, seeded in a simulation.</param>
    public static Epoch Draw(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return new Epoch(random.NextInt64(1, long.MaxValue));
    }

    /// <summary>
    /// The stream that a device goes on in after its file was rolled back: drawn from where the old one was closed and from the first entry that moves. So a copy that
    /// is restored twice moves its entries into the same stream both times, and they are recognised instead of stored twice.
    /// </summary>
    /// <param name="position">The last number that both sides have alike.</param>
    /// <param name="firstMoved">D(position + 1), or a gap's D(to) there, as the device has it.</param>
    public Epoch Branch(long position, in Digest firstMoved)
    {
        var label = "edgesync/branch/1"u8;
        Span<byte> bytes = stackalloc byte[label.Length + 8 + 8 + Digest.Bytes];
        Span<byte> hash = stackalloc byte[Digest.Bytes];
        label.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[label.Length..], Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[(label.Length + 8)..], position);
        firstMoved.CopyTo(bytes[(label.Length + 16)..]);
        SHA256.HashData(bytes, hash);
        return new Epoch(Math.Max(1, BinaryPrimitives.ReadInt64LittleEndian(hash) & long.MaxValue));
    }

    /// <summary>Reads a positive decimal number; false for anything else.</summary>
    public static bool TryParse(string? text, out Epoch epoch)
    {
        var parsed = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0;
        epoch = parsed ? new Epoch(value) : default;
        return parsed;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
