using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>The audit of one device's file against a control plane that runs, over its operator port.</summary>
internal static class OnlineAudit
{
    /// <summary>Holds the device's acknowledged numbers and its receipts to what the control plane recomputes from its rows now.</summary>
    /// <exception cref="HttpRequestException">It cannot be reached, or refuses.</exception>
    public static async Task<AuditResult> RunAsync(DeviceFile file, X509Certificate2Collection roots, OperatorClient operators, CancellationToken ct)
    {
        var (id, result) = (DeviceId.Parse(file.Device), new AuditResult());
        var shown = new Dictionary<(Epoch, long), ShownStream>();
        var streams = await operators.ReadSyncAsync(id, ct) is { } status ? status.Streams.ToDictionary(stream => stream.Epoch) : [];
        foreach (var stream in file.Streams.Where(stream => stream.Acknowledged > (streams.GetValueOrDefault(new Epoch(stream.Epoch))?.Watermark ?? 0)))
        {
            result.Differ($"device {id} stream {stream.Epoch}: the device believes {stream.Acknowledged} acknowledged, the control plane has {streams.GetValueOrDefault(new Epoch(stream.Epoch))?.Watermark ?? 0}");
        }

        foreach (var receipt in file.Receipts)
        {
            var digest = streams.ContainsKey(receipt.Epoch) ? await operators.ReadDigestAsync(id, receipt.Epoch, receipt.To, ct) : null;
            shown[(receipt.Epoch, receipt.To)] = streams.TryGetValue(receipt.Epoch, out var stream) ? new ShownStream(stream.Watermark, stream.Floor, digest) : new ShownStream(0, 0, null);
        }

        ReceiptAudit.Check($"device {id}", id, file.Receipts, roots, (epoch, to) => shown[(epoch, to)], result);
        (result.Stored, result.Pending) = (streams.Values.Sum(stream => stream.Stored - stream.Expired), file.Pending.Count);
        return result;
    }
}
