using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Puts numbers that the control plane needs into the runs of a repair: rows that the device can vouch for, and its gaps. Pure.</summary>
internal sealed class RepairRuns(Epoch epoch, Boot boot, long now)
{
    // Many short runs cost more than what lies between them.
    private const int RunsOfBlockMax = 12;
    private const int GapBytes = 96;
    private const int BytesMax = Limits.BodyBytesMax - (16 * 1024);

    private readonly List<TelemetryBatch> _runs = [];
    private readonly HashSet<long> _blocks = [];
    private TelemetryBatchBuilder? _open;
    private int _bytes;

    public IReadOnlyList<TelemetryBatch> Runs => _runs;

    /// <summary>The block of a number, as long as no gap has made it longer.</summary>
    public static long BlockOf(long number) => (number - 1) / Limits.CheckpointInterval;

    /// <summary>The ranges of one block to send, one if they are many.</summary>
    public static IReadOnlyList<NumberRange> Merge(IReadOnlyList<NumberRange> ranges) =>
        ranges.Count > RunsOfBlockMax ? [new NumberRange(ranges[0].From, ranges[^1].To)] : ranges;

    /// <summary>Adds the entries of a range; false when there is no room for them, and then none is added.</summary>
    public bool TryAdd(NumberRange range, OwnRun run, OwnCheck check)
    {
        var (runs, bytes) = (_runs.Count, _bytes);
        var blocks = _blocks.ToList();
        for (var number = range.From; number <= range.To; number++)
        {
            if (run.GapAt(number) is { } gap)
            {
                AddGap(gap);
                number = gap.To;
            }
            else if (check.Right.TryGetValue(number, out var row))
            {
                AddRow(row, run);
            }
            else
            {
                Close();
            }
        }

        Close();
        if (_bytes <= BytesMax && _runs.Count <= Limits.VerifyRangesMax && _blocks.Count <= Limits.RepairBlocksMax)
        {
            return true;
        }

        _runs.RemoveRange(runs, _runs.Count - runs);
        _blocks.IntersectWith(blocks);
        _bytes = bytes;
        return false;
    }

    private void AddRow(OwnRow row, OwnRun run)
    {
        _open ??= new TelemetryBatchBuilder(epoch, row.Number, run.Rows.TryGetValue(row.Number - 1, out var before) ? before.Digest : default);
        _open.Add(row.Reading, row.Digest);
        _blocks.Add(BlockOf(row.Number));
        // As if every run had it in its dictionary for this reading alone.
        _bytes += BatchStore.BytesOf(row.Reading, newSensor: true);
    }

    private void AddGap(in Gap gap)
    {
        if (_open?.NextNumber != gap.From)
        {
            Close();
            _open = new TelemetryBatchBuilder(epoch, gap.From, default);
        }

        _open!.Add(gap);
        _blocks.Add(BlockOf(gap.From));
        _blocks.Add(BlockOf(gap.To));
        _bytes += GapBytes;
    }

    private void Close()
    {
        if (_open is { } builder)
        {
            _runs.Add(builder.Build(boot, now));
            _open = null;
        }
    }
}
