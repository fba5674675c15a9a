using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>
/// A batch with what can be said of it without the stream: its own digest chain and which readings break a rule. Made before the
/// batch is queued, so that a writer neither hashes nor parses.
/// </summary>
internal sealed class CheckedBatch
{
    private readonly Digest[] _digests;
    private readonly ReadingRefusal[] _refusals;

    private CheckedBatch(TelemetryBatch batch, Digest[] digests, ReadingRefusal[] refusals, Digest digestAtLast)
    {
        Batch = batch;
        _digests = digests;
        _refusals = refusals;
        DigestAtLast = digestAtLast;
    }

    public TelemetryBatch Batch { get; }

    /// <summary>The chain at the batch's last number, as computed from its entries.</summary>
    public Digest DigestAtLast { get; }

    /// <summary>Characters of its payloads: nothing else in it can be large.</summary>
    public long TextCharacters => Batch.Payloads.Sum(payload => (long)(payload?.Length ?? 0));

    public static CheckedBatch Of(TelemetryBatch batch)
    {
        var digests = new Digest[batch.ReadingCount];
        var refusals = new ReadingRefusal[batch.ReadingCount];
        var digest = batch.DigestBefore;
        foreach (var entry in batch.Entries())
        {
            if (entry.Gap is { } gap)
            {
                digest = gap.DigestAfter;
                continue;
            }

            var reading = batch.ReadingAt(entry.Index);
            digests[entry.Index] = digest = DigestChain.Next(digest, reading);
            refusals[entry.Index] = ReadingRules.Check(reading);
        }

        return new CheckedBatch(batch, digests, refusals, digest);
    }

    /// <summary>D at the number of a reading, by the reading's place.</summary>
    public Digest DigestOf(int index) => _digests[index];

    public ReadingRefusal RefusalOf(int index) => _refusals[index];

    /// <summary>D at a number from First - 1 to Last; null elsewhere and inside a gap, where nobody knows it.</summary>
    public Digest? DigestAt(long number)
    {
        if (number == Batch.First - 1)
        {
            return Batch.DigestBefore;
        }

        foreach (var entry in Batch.Entries())
        {
            if (number == (entry.Gap?.To ?? entry.Number))
            {
                return entry.Gap?.DigestAfter ?? _digests[entry.Index];
            }
        }

        return null;
    }

    /// <summary>Runs of numbers that readings of this batch have, at most one more than it has gaps.</summary>
    public IEnumerable<(long From, long To)> ReadingRuns()
    {
        var from = Batch.First;
        foreach (var gap in Batch.Gaps)
        {
            if (from < gap.From)
            {
                yield return (from, gap.From - 1);
            }

            from = gap.To + 1;
        }

        if (from <= Batch.Last)
        {
            yield return (from, Batch.Last);
        }
    }
}
