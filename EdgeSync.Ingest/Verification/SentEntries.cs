using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What a device says of some numbers, out of the runs of its repair. Pure.</summary>
internal sealed class SentEntries
{
    private readonly SortedDictionary<long, Reading> _readings = [];
    private readonly List<Gap> _gaps = [];
    private readonly Dictionary<long, Digest> _witnesses = [];

    public SentEntries(TelemetryRepair repair)
    {
        foreach (var run in repair.Runs)
        {
            foreach (var entry in run.Entries())
            {
                if (entry.Gap is { } gap)
                {
                    _gaps.Add(gap);
                }
                else
                {
                    // -0.0 + 0.0 is 0.0: the row holds what its digest says.
                    var reading = run.ReadingAt(entry.Index);
                    _readings[entry.Number] = reading.Value is { } value ? reading with { Value = value + 0.0 } : reading;
                }
            }
        }

        foreach (var witness in repair.Witnesses)
        {
            _witnesses[witness.Position] = witness.Digest ?? default;
        }
    }

    /// <summary>Numbers that have an entry, runs of them, and where there is none those that a witness names the end or the beginning of.</summary>
    public IEnumerable<NumberRange> Touched() => _readings.Count + _gaps.Count > 0
        ? _readings.Keys.Select(number => new NumberRange(number, number)).Concat(_gaps.Select(gap => new NumberRange(gap.From, gap.To)))
        : _witnesses.Keys.Where(number => number < long.MaxValue).SelectMany(number => new[] { new NumberRange(number, number), new NumberRange(number + 1, number + 1) });

    public IReadOnlyDictionary<long, Reading> ReadingsIn(Block block) => _readings.Where(pair => block.Numbers.Contains(pair.Key)).ToDictionary();

    /// <summary>Gaps that end in the block, without what lies before it.</summary>
    public IEnumerable<Gap> GapsIn(Block block) =>
        _gaps.Where(gap => block.Numbers.Contains(gap.To)).Select(gap => gap with { From = Math.Max(gap.From, block.After + 1) }).OrderBy(gap => gap.From);

    /// <summary>D at a number as the device has it; null where it says nothing.</summary>
    public Digest? WitnessAt(long number) => _witnesses.TryGetValue(number, out var digest) ? digest : null;
}
