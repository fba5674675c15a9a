using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>A stream as the control plane keeps it, by the table of docs/protocol.md.</summary>
internal sealed class StreamDouble(DeviceId device, Epoch epoch)
{
    // Entry n - 1 is number n; a number inside a gap has no digest.
    private List<Digest?> _digests = [];

    public Dictionary<long, Reading> Stored { get; private set; } = [];

    public Dictionary<long, ReadingRefusal> Refused { get; } = [];

    public List<Gap> Gaps { get; } = [];

    /// <summary>Readings up to it have expired.</summary>
    public long Floor { get; set; }

    public long Watermark => _digests.Count;

    public Digest? At(long number) => number == 0 ? DigestChain.Origin(device, epoch) : number <= Watermark ? _digests[(int)number - 1] : null;

    public IReadOnlyList<RefusedReading> RefusedAfter(long? number) =>
        [.. Refused.Where(pair => pair.Key > number).OrderBy(pair => pair.Key).Take(Limits.DigestRefusalsMax).Select(pair => new RefusedReading(pair.Key, pair.Value))];

    /// <summary>As a control plane that was restored from a copy.</summary>
    public void ForgetAfter(long watermark)
    {
        _digests = _digests[..(int)watermark];
        Stored = Stored.Where(pair => pair.Key <= watermark).ToDictionary();
        foreach (var number in Refused.Keys.Where(number => number > watermark).ToList())
        {
            Refused.Remove(number);
        }

        Gaps.RemoveAll(gap => gap.To > watermark);
    }

    public object Append(TelemetryBatch batch, Func<Reading, ReadingRefusal> refuse)
    {
        if (batch.First > Watermark + 1)
        {
            return Conflict(ProblemTypes.SequenceHole);
        }

        if (batch.First == Watermark + 1 && batch.DigestBefore != At(Watermark))
        {
            return Conflict(ProblemTypes.DigestMismatch);
        }

        var chain = Chain(batch);
        if (batch.First <= Watermark && Watermark <= batch.Last && chain.GetValueOrDefault(Watermark) != At(Watermark))
        {
            return Conflict(ProblemTypes.DigestMismatch);
        }

        if (batch.Last > Watermark && chain[batch.Last] != batch.DigestAfter)
        {
            return Conflict(ProblemTypes.ContentMismatch);
        }

        Store(batch, chain, refuse);
        var refused = Refused.Where(pair => pair.Key >= batch.First && pair.Key <= batch.Last).Select(pair => new RefusedReading(pair.Key, pair.Value));
        return new TelemetryAck(epoch, Watermark, At(Watermark)!.Value, [.. refused], 0, 0);
    }

    private void Store(TelemetryBatch batch, Dictionary<long, Digest> chain, Func<Reading, ReadingRefusal> refuse)
    {
        foreach (var entry in batch.Entries().Where(entry => (entry.Gap?.To ?? entry.Number) > Watermark).ToList())
        {
            if (entry.Gap is { } gap)
            {
                Gaps.Add(gap);
                while (Watermark < gap.To)
                {
                    _digests.Add(Watermark + 1 == gap.To ? gap.DigestAfter : null);
                }

                continue;
            }

            var reading = batch.ReadingAt(entry.Index);
            if (refuse(reading) is var reason and not ReadingRefusal.None)
            {
                Refused.Add(entry.Number, reason);
            }
            else
            {
                Stored.Add(entry.Number, reading);
            }

            _digests.Add(chain[entry.Number]);
        }
    }

    private static Dictionary<long, Digest> Chain(TelemetryBatch batch)
    {
        var chain = new Dictionary<long, Digest> { [batch.First - 1] = batch.DigestBefore };
        var digest = batch.DigestBefore;
        foreach (var entry in batch.Entries())
        {
            digest = entry.Gap?.DigestAfter ?? DigestChain.Next(digest, batch.ReadingAt(entry.Index));
            chain[entry.Gap?.To ?? entry.Number] = digest;
        }

        return chain;
    }

    private Problem Conflict(ProblemType type) => type.With("conflict") with { Epoch = epoch, Watermark = Watermark, Digest = At(Watermark) };
}
