using System.Globalization;

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
