using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>A block as it would be with what the device sends. Pure.</summary>
internal sealed class RepairDraft
{
    private readonly Block _block;
    private readonly IReadOnlyDictionary<long, Reading> _sent;
    private readonly List<EntryRow> _rows = [];
    private readonly List<GapEntry> _gaps;
    private readonly HashSet<long> _sentGapEnds = [];
    private readonly HashSet<long> _newGaps = [];
    private readonly Dictionary<long, ReadingRefusal> _refused;
    private readonly Dictionary<long, RefusedEntry> _storedRefusals;

    public RepairDraft(Block block, BlockEntries stored, SentEntries sent, long now)
    {
        (_block, _sent) = (block, sent.ReadingsIn(block));
        _refused = stored.Refusals.ToDictionary(refusal => refusal.Number, refusal => refusal.Reason);
        _storedRefusals = stored.Refusals.ToDictionary(refusal => refusal.Number);
        _gaps = [.. stored.Gaps];
        foreach (var gap in sent.GapsIn(block))
        {
            TakeGap(gap, stored);
        }

        foreach (var (number, reading) in _sent)
        {
            if (!_refused.ContainsKey(number) && !InGap(number) && ReadingRules.Check(reading) is var reason and not ReadingRefusal.None)
            {
                _refused[number] = reason;
            }
        }

        foreach (var rows in stored.Rows.GroupBy(row => row.Number))
        {
            TakeRows(rows.Key, [.. rows]);
        }

        InsertMissing(stored, now);
        _rows.Sort(static (left, right) => left.Number.CompareTo(right.Number));
    }

    public List<EntryRow> Delete { get; } = [];

    public List<EntryRow> Insert { get; } = [];

    public List<RefusedEntry> Refusals { get; } = [];

    public List<long> DropGaps { get; } = [];

    public List<GapEntry> Gaps { get; } = [];

    public BlockBounds Bounds
    {
        get
        {
            var bounds = default(BlockBounds);
            _rows.ForEach(row => bounds = bounds.Include(row.RecordedAt, row.ReceivedAt));
            // When readings came is not in the chain: what the checkpoint says of it stands.
            return bounds with { ReceivedMin = _block.Bounds.ReceivedMin ?? bounds.ReceivedMin, ReceivedMax = _block.Bounds.ReceivedMax ?? bounds.ReceivedMax };
        }
    }

    /// <summary>D at the end; the digests of refused readings that the device sent, and those before its gaps, are computed on the way.</summary>
    public Digest? Walk(Digest before)
    {
        Refusals.Clear();
        Gaps.Clear();
        var gaps = _gaps.ToDictionary(gap => gap.From);
        var changed = Delete.Concat(Insert).Select(row => row.Number).ToHashSet();
        // Whether anything was changed since D was last known for certain.
        var (number, digest, next, isProved) = (_block.After, before, 0, true);
        while (number < _block.To)
        {
            number++;
            if (next < _rows.Count && _rows[next].Number == number)
            {
                digest = DigestChain.Next(digest, _rows[next++].Reading);
                isProved &= !changed.Contains(number);
            }
            else if (gaps.TryGetValue(number, out var gap) && gap.To >= number && gap.To <= _block.To)
            {
                if (!TryPass(gap, digest, isProved))
                {
                    return null;
                }

                (number, digest, isProved) = (gap.To, gap.Gap.DigestAfter, true);
            }
            else if (_refused.TryGetValue(number, out var reason) && DigestOfRefused(number, reason, digest, ref isProved) is { } after)
            {
                digest = after;
            }
            else
            {
                return null;
            }
        }

        return next == _rows.Count ? digest : null;
    }

    private Digest? DigestOfRefused(long number, ReadingRefusal reason, Digest before, ref bool isProved)
    {
        if (_sent.TryGetValue(number, out var reading))
        {
            var computed = new RefusedEntry(number, reason, DigestChain.Next(before, reading), before);
            if (_storedRefusals.GetValueOrDefault(number) != computed)
            {
                Refusals.Add(computed);
            }

            return computed.Digest;
        }

        var (_, _, digest, proof) = _storedRefusals[number];
        if (proof is { } kept ? kept != before : !isProved)
        {
            return null;
        }

        isProved = true;
        return digest;
    }

    // What lies before a gap nothing proves but the digest that was kept with it.
    private bool TryPass(GapEntry gap, Digest before, bool isProved)
    {
        if (gap.Before == before)
        {
            AddIfNew(gap);
            return true;
        }

        if (!isProved || (gap.Before is not null && !_sentGapEnds.Contains(gap.To)))
        {
            return false;
        }

        if (_sentGapEnds.Contains(gap.To))
        {
            DropGaps.Add(gap.From);
            Gaps.Add(gap with { Before = before });
        }

        return true;
    }

    private void AddIfNew(GapEntry gap)
    {
        if (_newGaps.Contains(gap.From))
        {
            Gaps.Add(gap);
        }
    }

    // A gap that was lost comes back, and one whose digest was damaged is mended; none takes the place of a reading.
    private void TakeGap(Gap gap, BlockEntries stored)
    {
        var there = _gaps.Where(other => other.From <= gap.To && other.To >= gap.From).ToList();
        if (there.Sum(other => Math.Min(other.To, gap.To) - Math.Max(other.From, gap.From) + 1) == gap.Count)
        {
            if (there.Find(other => other.To == gap.To) is { To: > 0 } last)
            {
                _sentGapEnds.Add(gap.To);
                if (last.Gap.DigestAfter != gap.DigestAfter)
                {
                    Replace([last], last with { Gap = last.Gap with { DigestAfter = gap.DigestAfter } });
                }
            }
        }
        else if (there.TrueForAll(other => other.From >= gap.From && other.To <= gap.To)
            && !stored.Rows.Any(row => gap.From <= row.Number && row.Number <= gap.To)
            && !_refused.Keys.Any(number => gap.From <= number && number <= gap.To))
        {
            _sentGapEnds.Add(gap.To);
            Replace(there, new GapEntry(gap, there.Find(other => other.From == gap.From).Before));
        }
    }

    private void Replace(IEnumerable<GapEntry> old, GapEntry gap)
    {
        foreach (var other in old)
        {
            _gaps.Remove(other);
            DropGaps.Add(other.From);
        }

        _gaps.Add(gap);
        _newGaps.Add(gap.From);
    }

    private bool InGap(long number) => _gaps.Exists(gap => gap.Contains(number));

    private bool IsInBounds(in EntryRow row) => row.RecordedAt >= _block.Bounds.RecordedMin && row.RecordedAt <= _block.Bounds.RecordedMax;

    private void TakeRows(long number, List<EntryRow> rows)
    {
        var keep = rows;
        if (_refused.ContainsKey(number) || InGap(number))
        {
            // Accounted for without it, as the device says too; of a number that it does not name nothing is touched.
            keep = _sent.ContainsKey(number) || InGap(number) ? [] : rows;
        }
        else if (_sent.TryGetValue(number, out var reading))
        {
            keep = [.. rows.Where(row => row.Reading == reading).Take(1)];
        }
        else if (rows.Count > 1 && rows.Where(row => IsInBounds(row)).ToList() is [var one])
        {
            // A second row that lies where no reading of the block does.
            keep = [one];
        }

        _rows.AddRange(keep);
        Delete.AddRange(rows.Except(keep));
    }

    private void InsertMissing(BlockEntries stored, long now)
    {
        var kept = _rows.Select(row => row.Number).ToHashSet();
        var gone = Delete.ToLookup(row => row.Number);
        var before = stored.Rows.Where(IsReceivedInBounds).ToList();
        foreach (var (number, reading) in _sent.OrderBy(pair => pair.Key))
        {
            if (!kept.Contains(number) && !_refused.ContainsKey(number) && !InGap(number))
            {
                Insert.Add(new EntryRow(number, reading.RecordedAt, ReceivedAt(number, gone[number], before, now), reading));
            }
        }

        _rows.AddRange(Insert);
    }

    // When it was received first: as its damaged row says, else as the row before it, which most likely came in the same batch.
    private long ReceivedAt(long number, IEnumerable<EntryRow> gone, List<EntryRow> others, long now)
    {
        foreach (var row in gone.Where(IsReceivedInBounds))
        {
            return row.ReceivedAt;
        }

        var neighbour = others.FindLastIndex(row => row.Number < number);
        return neighbour >= 0 ? others[neighbour].ReceivedAt : _block.Bounds.ReceivedMin ?? now;
    }

    private bool IsReceivedInBounds(EntryRow row) =>
        (_block.Bounds.ReceivedMin is not { } least || row.ReceivedAt >= least) && (_block.Bounds.ReceivedMax is not { } most || row.ReceivedAt <= most);
}
