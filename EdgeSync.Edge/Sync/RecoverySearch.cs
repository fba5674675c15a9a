using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>
/// The search for the last number where two chains agree. Chains that agree at a number agree below it, so each answer narrows the range;
/// a number that the control plane cannot answer for proves nothing and is not asked again.
/// </summary>
internal sealed class RecoverySearch(long head, Digest origin)
{
    private readonly HashSet<long> _asked = [];
    private readonly SortedSet<long> _unequal = [head + 1];

    /// <summary>The last number known to be equal; 0 is, by its definition.</summary>
    public long Equal { get; private set; }

    /// <summary>D(<see cref="Equal"/>).</summary>
    public Digest EqualDigest { get; private set; } = origin;

    /// <summary>What to ask next, evenly over the range that is left; empty when the search is over.</summary>
    /// <param name="lastKnownAtOrBelow">The greatest number at or below another whose digest the device knows.</param>
    /// <param name="hint">A likely answer, asked first.</param>
    public IReadOnlyList<long> NextPositions(Func<long, long> lastKnownAtOrBelow, long hint)
    {
        var positions = new SortedSet<long>();
        var (low, high) = (Equal, _unequal.Min);
        void Take(long number)
        {
            var known = lastKnownAtOrBelow(number);
            if (known > low && known < high && !_asked.Contains(known))
            {
                positions.Add(known);
            }
        }

        if (hint < high)
        {
            Take(hint);
        }

        for (var i = 1; i < Limits.DigestPositionsMax; i++)
        {
            Take(low + (long)((Int128)(high - 1 - low) * i / (Limits.DigestPositionsMax - 1)));
        }

        _asked.UnionWith(positions);
        return [.. positions];
    }

    /// <summary>Takes an answer.</summary>
    public void Learn(DigestAnswer answer, Func<long, Digest, bool> isOwn)
    {
        foreach (var (position, digest) in answer.Digests)
        {
            if (digest is not { } theirs)
            {
                continue;
            }

            if (!isOwn(position, theirs))
            {
                _unequal.Add(position);
            }
            else if (position > Equal)
            {
                (Equal, EqualDigest) = (position, theirs);
            }
        }

        if (answer.Watermark < head)
        {
            _unequal.Add(answer.Watermark + 1);
        }

        _unequal.RemoveWhere(number => number <= Equal);
    }
}
