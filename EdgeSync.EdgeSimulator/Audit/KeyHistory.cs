using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// The writes of one key of one device in the order in which each side counted them, and what each had seen of the other side's. Both sides write one after the other, so
/// every write is named by its number: an operator's by the count of <c>cloud</c> in its vector, a panel's by the sum of the device's counts, whatever epochs they lie in.
/// A number whose vector nobody was told lies between its neighbours. Pure.
/// </summary>
internal sealed class KeyHistory
{
    private readonly Side _panel;
    private readonly Side _operators;

    private KeyHistory(Side panel, Side operators) => (_panel, _operators) = (panel, operators);

    /// <summary>The number of the panel's last write that a vector includes; 0 for none.</summary>
    public static long PanelNumber(VersionVector vector) => vector.Writers.Where(ConfigWriters.IsDevice).Sum(writer => vector[writer]);

    /// <summary>The number of the operators' last write that a vector includes; 0 for none.</summary>
    public static long OperatorNumber(VersionVector vector) => vector[ConfigWriters.Cloud];

    /// <summary>The panel's writes.</summary>
    public long PanelCount => _panel.Count;

    /// <summary>Orders what the journals and the final vector say.</summary>
    /// <param name="writes">The journals.</param>
    /// <param name="final">The vector that the control plane has in the end; <see cref="VersionVector.Empty"/> for a key that it does not have.</param>
    /// <param name="problem">What does not fit together.</param>
    public static KeyHistory? TryOrder(KeyWrites writes, VersionVector final, out string? problem)
    {
        var panel = Side.TryOrder("panel", writes.Panel, writes.PanelInDoubt, PanelNumber, OperatorNumber, final, out problem);
        var operators = problem is null ? Side.TryOrder("operators", writes.Operators, writes.OperatorsInDoubt, OperatorNumber, PanelNumber, final, out problem) : null;
        return problem is null ? new KeyHistory(panel!, operators!) : null;
    }

    /// <summary>Whether it is a panel's write, as it was made.</summary>
    public bool IsPanelWrite(ConfigEntry entry) => ConfigWriters.IsDevice(entry.Writer) && _panel.Has(entry, PanelNumber(entry.Vector), OperatorNumber(entry.Vector));

    /// <summary>Whether it is an operator's write, as it was made.</summary>
    public bool IsOperatorWrite(ConfigEntry entry) =>
        entry.Writer == ConfigWriters.Cloud && _operators.Has(entry, OperatorNumber(entry.Vector), PanelNumber(entry.Vector));

    /// <summary>Whether the control plane can have had a state of this vector when the panel's write <paramref name="number"/> reached it.</summary>
    public bool CanMeet(VersionVector state, long number)
    {
        var (seen, operators) = (PanelNumber(state), OperatorNumber(state));
        return operators <= _operators.Count && seen < number
            && _operators.Seen(operators).Least <= seen
            && (operators == _operators.Count || _operators.Seen(operators + 1).Most >= number);
    }

    /// <summary>Whether the panel's next write, if any, had certainly seen more of the operators' than this one: then this one reached the control plane as it is.</summary>
    public bool IsLastBeforeAnswer(long number) => number == _panel.Count || _panel.Seen(number + 1).Least > _panel.Seen(number).Most;

    /// <summary>Whether an operator's write certainly knew no panel's write of this number or above, and was unknown to the panel's write of this number.</summary>
    public bool MustMeet(long number) => Meets(number, operators => operators > _panel.Seen(number).Most && _operators.Seen(operators).Most < number);

    /// <summary>Whether one perhaps did.</summary>
    public bool MayMeet(long number) => Meets(number, operators => operators > _panel.Seen(number).Least && _operators.Seen(operators).Least < number);

    /// <summary>Whether an operator's write had seen the panel's write of this number and none after it.</summary>
    public bool IsSeenAlone(long number) => _operators.Vectors.Any(vector => PanelNumber(vector) == number);

    private bool Meets(long number, Func<long, bool> condition)
    {
        for (var operators = 1L; number <= _panel.Count && operators <= _operators.Count; operators++)
        {
            if (condition(operators))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>One side's writes by number, and how many of the other side's each had seen.</summary>
    private sealed class Side
    {
        private readonly Dictionary<long, ConfigEntry> _known;
        private readonly List<JsonValue?> _inDoubt;
        private readonly (long Least, long Most)[] _seen;

        private Side(Dictionary<long, ConfigEntry> known, List<JsonValue?> inDoubt, long count, Func<VersionVector, long> other, long otherCount)
        {
            (_known, _inDoubt, Count) = (known, inDoubt, count);
            _seen = new (long, long)[count + 1];
            for (var (number, least) = (1L, 0L); number <= count; number++)
            {
                least = known.TryGetValue(number, out var entry) ? other(entry.Vector) : least;
                _seen[number].Least = least;
            }

            for (var (number, most) = (count, otherCount); number > 0; number--)
            {
                most = known.TryGetValue(number, out var entry) ? other(entry.Vector) : most;
                _seen[number].Most = most;
            }
        }

        public long Count { get; }

        public IEnumerable<VersionVector> Vectors => _known.Values.Select(entry => entry.Vector);

        public static Side? TryOrder(
            string name, List<ConfigEntry> acknowledged, List<JsonValue?> inDoubt, Func<VersionVector, long> own, Func<VersionVector, long> other, VersionVector final, out string? problem)
        {
            var ordered = acknowledged.OrderBy(entry => own(entry.Vector)).ToList();
            var count = own(final);
            problem = ordered.Zip(ordered.Skip(1)).Where(pair => pair.First.Vector.CompareTo(pair.Second.Vector) != VectorOrder.Before)
                    .Select(pair => $"the {name} wrote {pair.First.Vector} and {pair.Second.Vector}, of which neither includes the other").FirstOrDefault()
                ?? (ordered.Count > 0 && ordered[^1].Vector.CompareTo(final) is VectorOrder.After or VectorOrder.Concurrent
                    ? $"the {name} wrote {ordered[^1].Vector}, which the final {final} does not include" : null)
                ?? (count - ordered.Count > inDoubt.Count
                    ? $"the final {final} counts {count} writes of the {name}, of which {ordered.Count} are known and {inDoubt.Count} in doubt" : null);
            return problem is null ? new Side(ordered.ToDictionary(entry => own(entry.Vector)), inDoubt, count, other, other(final)) : null;
        }

        public (long Least, long Most) Seen(long number) => _seen[number];

        public bool Has(ConfigEntry entry, long number, long other) => number > 0 && number <= Count && (_known.TryGetValue(number, out var known)
            ? known.Vector.Equals(entry.Vector) && known.Value == entry.Value && known.Writer == entry.Writer
            : _inDoubt.Contains(entry.Value) && _seen[number].Least <= other && other <= _seen[number].Most);
    }
}
