using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>
/// Which ranges to ask the control plane's digests of, so that few bytes tell where it differs: a range in parts, and each part that differs in parts again, many ranges a request, down to small
/// ones that are sent whole. Pure.
/// </summary>
internal sealed class VerificationPlan
{
    /// <summary>Parts of a range. More make fewer rounds and longer ones; 16 costs least where little is damaged.</summary>
    public const int FanOut = 16;

    /// <summary>A part of so many numbers is not divided: its entries cost no more than another round.</summary>
    public const int LeafMax = 16;

    private readonly Queue<NumberRange> _left = [];
    private readonly List<NumberRange> _suspects = [];
    private readonly List<NumberRange> _unstored = [];
    private List<VerifyRange> _asked = [];

    /// <param name="from">The first number, above what the device has deleted.</param>
    /// <param name="to">The last, acknowledged; at most <see cref="Limits.VerifyNumbersMax"/> from the first.</param>
    public VerificationPlan(long from, long to) => Recheck(new NumberRange(from, to));

    /// <summary>Numbers that both sides have alike.</summary>
    public long Equal { get; private set; }

    /// <summary>Numbers that the control plane accounts for without a reading, of the ranges asked first.</summary>
    public IReadOnlyList<NumberRange> Unstored => _unstored;

    /// <summary>Asks for a range again.</summary>
    public void Recheck(NumberRange range)
    {
        if (range.From <= range.To)
        {
            _left.Enqueue(range);
        }
    }

    /// <summary>What to ask; empty when nothing is left. The same until it was answered.</summary>
    public IReadOnlyList<VerifyRange> Next()
    {
        if (_asked.Count == 0)
        {
            var (ranges, numbers) = (new List<VerifyRange>(), 0L);
            while (ranges.Count < Limits.VerifyRangesMax && _left.TryPeek(out var range) && numbers + range.Count() <= Limits.VerifyNumbersMax)
            {
                ranges.Add(new VerifyRange(range.From, range.To, FanOut));
                numbers += _left.Dequeue().Count();
            }

            _asked = ranges;
        }

        return _asked;
    }

    /// <summary>Takes the answer to what <see cref="Next"/> said.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="own">The device's own digests of a range's parts, without the numbers that the control plane accounts for without a reading.</param>
    /// <returns>False when it is no answer to that.</returns>
    public bool Learn(VerifyAnswer answer, Func<VerifyRange, IReadOnlyList<NumberRange>, byte[]> own)
    {
        var parts = _asked.Select(range => range.Split().ToList()).ToList();
        if (answer.Ranges.Count != _asked.Count || answer.Ranges.Zip(parts).Any(pair => pair.First.Digests.Length != pair.Second.Count * RangeDigest.Bytes))
        {
            return false;
        }

        for (var i = 0; i < _asked.Count; i++)
        {
            var verified = answer.Ranges[i];
            var digests = own(_asked[i], verified.Unstored);
            _unstored.AddRange(verified.Unstored);
            foreach (var (place, part) in parts[i].Index())
            {
                var at = place * RangeDigest.Bytes;
                Learn(part, answer, digests.AsSpan(at, RangeDigest.Bytes).SequenceEqual(verified.Digests.AsSpan(at, RangeDigest.Bytes)));
            }
        }

        _asked = [];
        return true;
    }

    /// <summary>Numbers in small parts that differ, adjacent ones together, ascending; they are the caller's from now on.</summary>
    public IReadOnlyList<NumberRange> TakeSuspects()
    {
        var taken = NumberRange.Join(_suspects.OrderBy(part => part.From));
        _suspects.Clear();
        return taken;
    }

    private void Learn(NumberRange part, VerifyAnswer answer, bool isEqual)
    {
        // Readings may have expired since, and a control plane that was restored has fewer: such a part says nothing as a whole.
        var known = new NumberRange(Math.Max(part.From, answer.Floor + 1), Math.Min(part.To, answer.Watermark));
        if (known != part)
        {
            Recheck(known);
        }
        else if (isEqual)
        {
            Equal += part.Count();
        }
        else if (part.Count() <= LeafMax)
        {
            _suspects.Add(part);
        }
        else
        {
            Recheck(part);
        }
    }
}
