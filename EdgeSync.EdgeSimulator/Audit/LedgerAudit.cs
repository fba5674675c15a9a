using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Checks each stream's ledger in the control plane by its numbers: every number up to the watermark is accounted for exactly once, the digest recomputed from
/// the rows is the one that was acknowledged, and the device's file does not claim more than the control plane has.
/// </summary>
internal static class LedgerAudit
{
    public static void Check(string device, DeviceId id, DeviceFile? file, StoredDevice stored, AuditResult result)
    {
        foreach (var stream in stored.Streams)
        {
            var entries = Entries(stream.Epoch, stored);
            if (CheckNumbers(device, stream, entries, stored, result) && stream.Expired == 0)
            {
                CheckDigests(device, id, stream, entries, stored, result);
            }
        }

        var watermarks = stored.Streams.ToDictionary(stream => stream.Epoch, stream => stream.Watermark);
        foreach (var stream in file?.Streams.Where(stream => stream.Acknowledged > watermarks.GetValueOrDefault(stream.Epoch)) ?? [])
        {
            result.Differ($"{device} stream {stream.Epoch}: the device believes {stream.Acknowledged} acknowledged, the control plane has {watermarks.GetValueOrDefault(stream.Epoch)}");
        }

        foreach (var epoch in stored.Readings.Select(row => row.Name.Epoch.Value).Distinct().Where(epoch => !watermarks.ContainsKey(epoch)))
        {
            result.Differ($"{device} stream {epoch}: readings are stored but the stream has no ledger");
        }

        result.ExtraStreams += Math.Max(0, stored.Streams.Count - 1);
    }

    private static List<Entry> Entries(long epoch, StoredDevice stored) =>
    [
        .. stored.Readings.Where(row => row.Name.Epoch.Value == epoch).Select(row => new Entry(row.Name.Number, row.Name.Number, row.Reading, null))
            .Concat(stored.Refusals.Where(pair => pair.Key.Epoch.Value == epoch).Select(pair => new Entry(pair.Key.Number, pair.Key.Number, null, pair.Value)))
            .Concat(stored.Gaps.Where(gap => gap.Epoch == epoch).Select(gap => new Entry(gap.From, gap.To, null, gap.DigestAfter)))
            .OrderBy(entry => entry.From),
    ];

    private static bool CheckNumbers(string device, StoredStream stream, List<Entry> entries, StoredDevice stored, AuditResult result)
    {
        var next = 1L;
        var missing = 0L;
        foreach (var entry in entries)
        {
            if (entry.From < next)
            {
                result.Differ($"{device} stream {stream.Epoch}: number {entry.From} is accounted for twice");
                return false;
            }

            missing += entry.From - next;
            next = entry.To + 1;
        }

        missing += stream.Watermark - (next - 1);
        if (next - 1 > stream.Watermark || missing != stream.Expired)
        {
            result.Differ($"{device} stream {stream.Epoch}: watermark {stream.Watermark}, but its entries end at {next - 1} and {missing} numbers are missing of which {stream.Expired} expired");
            return false;
        }

        var (readings, refused) = (entries.Count(entry => entry.Reading is not null), entries.Count(entry => entry.Reading is null && stored.Refusals.ContainsKey(new EntryName(new Epoch(stream.Epoch), entry.From))));
        var gaps = entries.Sum(entry => entry.To - entry.From + 1) - readings - refused;
        if ((stream.Stored, stream.Refused, stream.Gaps) != (readings + stream.Expired, refused, gaps))
        {
            result.Differ($"{device} stream {stream.Epoch}: its ledger says {stream.Stored} stored, {stream.Refused} refused and {stream.Gaps} given up, its entries {readings + stream.Expired}, {refused} and {gaps}");
            return false;
        }

        return true;
    }

    private static void CheckDigests(string device, DeviceId id, StoredStream stream, List<Entry> entries, StoredDevice stored, AuditResult result)
    {
        var digest = DigestChain.Origin(id, new Epoch(stream.Epoch));
        foreach (var entry in entries)
        {
            digest = entry.DigestAfter ?? DigestChain.Next(digest, entry.Reading!.Value);
            if (stored.Checkpoints.TryGetValue(new EntryName(new Epoch(stream.Epoch), entry.To), out var checkpoint) && checkpoint != digest)
            {
                result.Differ($"{device} stream {stream.Epoch}: the checkpoint at {entry.To} is not the digest over its rows");
            }
        }

        if (digest != stream.Digest)
        {
            result.Differ($"{device} stream {stream.Epoch}: the digest over its rows is not the one acknowledged at {stream.Watermark}");
        }
    }

    private sealed record Entry(long From, long To, Reading? Reading, Digest? DigestAfter);
}
