using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EdgeSync.Edge;

/// <summary>A <see cref="Random"/> over the system's cryptographic source: what a real device draws epochs and nonces from. Safe for several threads.</summary>
public sealed class CryptographicRandom() : Random(0)
{
    private const double Unit = 1.0 / (1UL << 53);

    /// <inheritdoc/>
    public override int Next() => Next(0, int.MaxValue);

    /// <inheritdoc/>
    public override int Next(int maxValue) => Next(0, maxValue);

    /// <inheritdoc/>
    public override int Next(int minValue, int maxValue) => minValue == maxValue ? minValue : RandomNumberGenerator.GetInt32(minValue, maxValue);

    /// <inheritdoc/>
    public override long NextInt64() => NextInt64(0, long.MaxValue);

    /// <inheritdoc/>
    public override long NextInt64(long maxValue) => NextInt64(0, maxValue);

    /// <inheritdoc/>
    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        var range = unchecked((ulong)maxValue - (ulong)minValue);
        if (range == 0)
        {
            return minValue;
        }

        // Values beyond the last whole multiple of the range are drawn again, so that each result is equally likely.
        var limit = ulong.MaxValue - (ulong.MaxValue % range);
        ulong drawn;
        do
        {
            drawn = NextUInt64();
        }
        while (drawn >= limit);

        return unchecked((long)((ulong)minValue + (drawn % range)));
    }

    /// <inheritdoc/>
    public override double NextDouble() => Sample();

    /// <inheritdoc/>
    public override void NextBytes(byte[] buffer) => RandomNumberGenerator.Fill(buffer);

    /// <inheritdoc/>
    public override void NextBytes(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);

    /// <inheritdoc/>
    protected override double Sample() => (NextUInt64() >> 11) * Unit;

    private static ulong NextUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
