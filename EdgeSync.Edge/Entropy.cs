using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The device's source of randomness, shared by its loops: a <see cref="Random"/> alone is not safe for several threads.</summary>
internal sealed class Entropy(Random random)
{
    private readonly Lock _gate = new();

    /// <summary>0 to below 1.</summary>
    public double NextJitter()
    {
        lock (_gate)
        {
            return random.NextDouble();
        }
    }

    public Epoch DrawEpoch()
    {
        lock (_gate)
        {
            return Epoch.Draw(random);
        }
    }

    public long DrawNonce()
    {
        lock (_gate)
        {
            return random.NextInt64(long.MinValue, long.MaxValue);
        }
    }
}
