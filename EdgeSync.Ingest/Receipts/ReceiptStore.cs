using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>What a receipt says, as it is now.</summary>
internal sealed class ReceiptStore(ControlPlaneDatabase database, DigestStore digests)
{
    /// <summary>Up to a number, or to the watermark; null where the digest there is not known: beyond the watermark, inside a gap, or where readings have expired.</summary>
    public async Task<DurabilityReceipt?> ReadAsync(StreamKey key, long? to, long now, CancellationToken ct)
    {
        if (await database.ReadAsync(transaction => BlockStore.ReadLedgerAsync(key, transaction), ct) is not { } ledger)
        {
            return null;
        }

        var number = to ?? ledger.Watermark;
        var digest = number == ledger.Watermark ? ledger.Digest : (await digests.ReadAsync(key, [number], null, ct)).Digests[0].Digest;
        return digest is { } known ? new DurabilityReceipt(key.Device, key.Epoch, 1, number, known, ledger.Floor, ledger.Expired, now) : null;
    }
}
