using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>
/// The search for the last number where two chains agree. Chains that agree at a number agree below it, so each answer narrows the range;
/// a number that the control plane cannot answer for proves nothing, so the ranges beside it are searched on until nothing is left in them.
/// </summary>
internal sealed class RecoverySearch
{
    // Ranges, both ends excluded, in which a number was not asked yet; the widest first.
    private readonly PriorityQueue<(long Low, long High), long> _open = new();
    private long _unequal;
    private long? _hint;
    private long _top;

    /// <param name="head">The device's last number.</param>
    /// <param name="origin">D(0), which is equal by its definition.</param>
    /// <param name="hint">A likely answer, asked first.</param>
    public RecoverySearch(long head, Digest origin, long hint)
    {
        (_unequal, EqualDigest, _hint) = (head + 1, origin, hint);
        Open(0, head + 1);
    }

    /// <summary>The last number known to be equal.</summary>
    public long Equal { get; private set; }

    /// <summary>D(<see cref="Equal"/>).</summary>
    public Digest EqualDigest { get; private set; }

    /// <summary>How far the control plane is, as it last said.</summary>
    public long Watermark { get; private set; }

    /// <summary>What to ask next, evenly over what is left; empty when the search is over.</summary>
    /// <param name="lastKnownAtOrBelow">The greatest number at or below another whose digest the device knows.</param>
    public IReadOnlyList<long> NextPositions(Func<long, long> lastKnownAtOrBelow)
    {
        var positions = new SortedSet<long>();
        if (_hint is { } hint && lastKnownAtOrBelow(hint) is var first && first > Equal && first < _unequal)
        {
            positions.Add(first);
        }

        _hint = null;
        if (lastKnownAtOrBelow(_unequal - 1) is var top && top > Equal && top != _top)
        {
            positions.Add(_top = top);
        }

        while (positions.Count < Limits.DigestPositionsMax && _open.TryDequeue(out var range, out _))
        {
            var (low, high) = (Math.Max(range.Low, Equal), Math.Min(range.High, _unequal));
            if (high - low > 1 && KnownBetween(low, high, lastKnownAtOrBelow) is { } known)
            {
                positions.Add(known);
                Open(low, known);
                Open(known, high);
            }
        }

        return [.. positions];
    }

    /// <summary>Takes an answer.</summary>
    public void Learn(DigestAnswer answer, Func<long, Digest, bool> isOwn)
    {
        Watermark = answer.Watermark;
        var unequal = Math.Min(_unequal, answer.Watermark + 1);
        foreach (var (position, digest) in answer.Digests.OrderByDescending(known => known.Position))
        {
            if (digest is not { } theirs)
            {
                continue;
            }

            if (isOwn(position, theirs))
            {
                if (position > Equal)
                {
                    (Equal, EqualDigest) = (position, theirs);
                }

                break;
            }

            unequal = Math.Min(unequal, position);
        }

        _unequal = unequal;
    }

    private static long? KnownBetween(long low, long high, Func<long, long> lastKnownAtOrBelow)
    {
        var known = lastKnownAtOrBelow(low + ((high - low) / 2));
        known = known > low ? known : lastKnownAtOrBelow(high - 1);
        return known > low ? known : null;
    }

    private void Open(long low, long high)
    {
        if (high - low > 1)
        {
            _open.Enqueue((low, high), low - high);
        }
    }
}
