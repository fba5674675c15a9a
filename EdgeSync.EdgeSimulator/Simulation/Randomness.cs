using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EdgeSync.EdgeSimulator;

/// <summary>A source of randomness for each thing that is drawn, so that drawing more of one moves nothing of the others.</summary>
internal sealed class Randomness(long seed)
{
    public Random For(string what)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}/{what}")));
        return new Random(BinaryPrimitives.ReadInt32LittleEndian(hash));
    }
}

/// <summary>What worlds draw.</summary>
internal static class RandomDraws
{
    public static bool Chance(this Random random, double chance) => chance > 0 && random.NextDouble() < chance;

    /// <summary>A time up to a longest one.</summary>
    public static TimeSpan UpTo(this Random random, TimeSpan most) => most * random.NextDouble();

    /// <summary>The time to the next of things that come at random.</summary>
    public static TimeSpan Exponential(this Random random, TimeSpan mean) => mean * -Math.Log(1 - random.NextDouble());

    /// <summary>So many until the next one, 1 or more; null for never.</summary>
    public static long? Geometric(this Random random, double chance) =>
        chance <= 0 ? null : 1 + (long)Math.Min(1e12, Math.Log(1 - random.NextDouble()) / Math.Log(1 - chance));

    public static Guid Uuid(this Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>A UUID of version 7, as <see cref="Guid.CreateVersion7(DateTimeOffset)"/> makes them.</summary>
    public static Guid UuidVersion7(this Random random, DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        var milliseconds = now.ToUnixTimeMilliseconds();
        for (var i = 0; i < 6; i++)
        {
            bytes[i] = (byte)(milliseconds >> (40 - (8 * i)));
        }

        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0F));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return new Guid(bytes, bigEndian: true);
    }
}
