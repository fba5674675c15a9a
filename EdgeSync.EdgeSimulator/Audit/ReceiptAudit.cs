using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>What the control plane shows of a stream.</summary>
/// <param name="Watermark">How far it is; 0 for a stream that it does not have.</param>
/// <param name="Floor">Readings up to it have expired.</param>
/// <param name="Digest">D at the number that was asked about, recomputed from rows; null where they do not lead there.</param>
internal sealed record ShownStream(long Watermark, long Floor, Digest? Digest);

/// <summary>
/// Holds durability receipts to everything that can be held against them: the signature to the fleet's root, what they say to the device's own chain, and both to what the control plane has now. Only
/// what retention has deleted need not be shown any more. Pure.
/// </summary>
internal static class ReceiptAudit
{
    public static void Check(
        string device, DeviceId id, IReadOnlyList<FiledReceipt> receipts, X509Certificate2Collection roots, Func<Epoch, long, ShownStream> show, AuditResult result)
    {
        foreach (var receipt in receipts)
        {
            result.Receipts++;
            if (Wrong(id, receipt, roots, show(receipt.Epoch, receipt.To)) is { } sentence)
            {
                result.ReceiptsWrong++;
                result.Differ($"{device} stream {receipt.Epoch}: the receipt to {receipt.To} {sentence}");
            }
        }
    }

    /// <summary>What the control plane's database shows.</summary>
    public static ShownStream Shown(DeviceId id, StoredDevice stored, Epoch epoch, long to)
    {
        if (stored.Streams.FirstOrDefault(stream => stream.Epoch == epoch.Value) is not { } ledger)
        {
            return new ShownStream(0, 0, null);
        }

        var floor = stored.Floors[epoch.Value];
        return new ShownStream(ledger.Watermark, floor, Walk(id, stored, epoch, floor, to));
    }

    private static string? Wrong(DeviceId id, FiledReceipt kept, X509Certificate2Collection roots, ShownStream shown)
    {
        if (DurabilityReceipt.Read(kept.Statement, roots) is not { } said)
        {
            return "was not signed by this fleet, or not as a receipt";
        }

        if (said.Device != id || said.Epoch != kept.Epoch || said.To != kept.To || said.Digest != kept.Digest)
        {
            return $"was signed for device {said.Device}, stream {said.Epoch} to {said.To}, {said.Digest}";
        }

        if (kept.Own is { } own && own != said.Digest)
        {
            return $"says {said.Digest}, the device's own chain {own}";
        }

        if (shown.Watermark < said.To)
        {
            return $"is not borne out: the control plane has the stream to {shown.Watermark}";
        }

        // What had not expired when it was signed and has since is gone by the control plane's own rule.
        return shown.Digest == said.Digest || (shown.Digest is null && said.To <= shown.Floor)
            ? null
            : $"is not borne out: the control plane's rows lead to {shown.Digest?.ToString() ?? "no digest"} there, it says {said.Digest}";
    }

    private static Digest? Walk(DeviceId id, StoredDevice stored, Epoch epoch, long floor, long to)
    {
        var known = floor == 0 ? DigestChain.Origin(id, epoch) : stored.Checkpoints.TryGetValue(new EntryName(epoch, floor), out var checkpoint) ? checkpoint : (Digest?)null;
        var entries = stored.Readings.Where(row => row.Name.Epoch == epoch).Select(row => new Link(row.Name.Number, row.Name.Number, row.Reading, null))
            .Concat(stored.Refusals.Where(pair => pair.Key.Epoch == epoch).Select(pair => new Link(pair.Key.Number, pair.Key.Number, null, pair.Value)))
            .Concat(stored.Gaps.Where(gap => gap.Epoch == epoch.Value).Select(gap => new Link(gap.From, gap.To, null, gap.DigestAfter)))
            .Where(entry => entry.From > floor && entry.To <= to).OrderBy(entry => entry.From);
        var (number, digest) = (floor, known);
        foreach (var (from, last, reading, after) in entries)
        {
            digest = from == number + 1 && digest is { } before ? after ?? DigestChain.Next(before, reading!.Value) : null;
            number = last;
        }

        return number == to ? digest : null;
    }

    private sealed record Link(long From, long To, Reading? Reading, Digest? After);
}
