using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>What a control plane answers about what it has, by docs/protocol.md. It knows what was acknowledged from the digests that it keeps, and takes nothing else.</summary>
internal static class VerificationDouble
{
    public static VerifyAnswer Verify(this StreamDouble stream, VerifyQuery query) =>
        new(query.Epoch, stream.Watermark, stream.Floor, [.. query.Ranges.Select(range => new VerifiedRange(Digests(stream, range), Unstored(stream, range.From, range.To)))]);

    public static RowsAnswer Rows(this StreamDouble stream, RowsQuery query) => new(
        query.Epoch, [.. query.Ranges.SelectMany(range => stream.Stored.Where(pair => range.Contains(pair.Key)).OrderBy(pair => pair.Key).Select(pair => NumberedReading.Of(pair.Key, pair.Value)))]);

    public static RepairAnswer Repair(this StreamDouble stream, TelemetryRepair repair)
    {
        var (replaced, refused) = (0, new List<NumberRange>());
        foreach (var (run, entry) in repair.Runs.SelectMany(run => run.Entries().Where(entry => entry.Gap is null).Select(entry => (run, entry))))
        {
            var (number, reading) = (entry.Number, run.ReadingAt(entry.Index));
            if (number <= stream.Floor || stream.Refused.ContainsKey(number) || (stream.Stored.TryGetValue(number, out var stored) && stored == reading))
            {
                continue;
            }

            if (stream.At(number - 1) is { } before && DigestChain.Next(before, reading) == stream.At(number))
            {
                stream.Stored[number] = reading;
                replaced++;
            }
            else
            {
                refused.Add(new NumberRange(number, number));
            }
        }

        return new RepairAnswer(repair.Epoch, replaced, refused);
    }

    private static byte[] Digests(StreamDouble stream, VerifyRange range)
    {
        using var digest = new RangeDigest();
        var digests = new List<byte>();
        foreach (var part in range.Split())
        {
            foreach (var (number, reading) in stream.Stored.Where(pair => part.Contains(pair.Key) && pair.Key > stream.Floor).OrderBy(pair => pair.Key))
            {
                digest.Add(number, reading);
            }

            var bytes = new byte[RangeDigest.Bytes];
            digest.Finish(bytes);
            digests.AddRange(bytes);
        }

        return [.. digests];
    }

    private static List<NumberRange> Unstored(StreamDouble stream, long from, long to) =>
        [.. stream.Refused.Keys.Select(number => new NumberRange(number, number)).Concat(stream.Gaps.Select(gap => new NumberRange(gap.From, gap.To)))
            .Where(range => range.From <= to && range.To >= from).OrderBy(range => range.From)];
}
