using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What a walk over blocks has found.</summary>
/// <param name="Whole">Blocks that end in what was acknowledged.</param>
/// <param name="Damaged">Blocks that do not.</param>
/// <param name="Mended">Checkpoints whose own digest was damaged: the rows on both sides of it agree without it.</param>
internal sealed record ChainFound(IReadOnlyList<NumberRange> Whole, IReadOnlyList<NumberRange> Damaged, IReadOnlyList<MendedDigest> Mended);

/// <summary>Recomputes a stream from its rows, block after block. Pure.</summary>
internal sealed class ChainCheck
{
    private readonly List<NumberRange> _whole = [];
    private readonly List<NumberRange> _damaged = [];
    private readonly List<MendedDigest> _mended = [];

    // D at the end of the last block as its rows have it, where that is not what was acknowledged.
    private Digest? _carried;

    public ChainFound Found => new(_whole, _damaged, _mended);

    /// <summary>Takes the next block.</summary>
    public void Add(Block block, BlockEntries entries)
    {
        var computed = entries.Walk(block, block.Before);
        if (computed == block.Digest)
        {
            _whole.Add(block.Numbers);
            _carried = null;
        }
        else if (_carried is { } before && entries.Walk(block, before) == block.Digest)
        {
            // Over both blocks the rows lead from one acknowledged digest to another: only the one between them is wrong.
            _mended.Add(new MendedDigest(block.After, block.Before, before));
            _whole.Add(_damaged[^1]);
            _whole.Add(block.Numbers);
            _damaged.RemoveAt(_damaged.Count - 1);
            _carried = null;
        }
        else
        {
            _damaged.Add(block.Numbers);
            _carried = computed;
        }
    }
}
