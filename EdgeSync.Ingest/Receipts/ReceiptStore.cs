using System.Data;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>What a receipt says, as it is now; and which was signed last.</summary>
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

    private const string NoteSql = """
        INSERT INTO stream_receipts (device_id, epoch, signed_to, signed_at) VALUES (@device, @epoch, @to, @at)
        ON CONFLICT (device_id, epoch) DO UPDATE SET signed_to = excluded.signed_to, signed_at = excluded.signed_at
        WHERE stream_receipts.signed_to < excluded.signed_to OR (stream_receipts.signed_to = excluded.signed_to AND stream_receipts.signed_at < excluded.signed_at)
        """;

    /// <summary>Notes what a stream's newest receipt speaks for, before it leaves: operators see what is signed, and never less than devices hold.</summary>
    public Task NoteAsync(DurabilityReceipt receipt, CancellationToken ct) => database.WriteAsync(
        IsolationLevel.ReadCommitted,
        transaction => transaction.ExecuteAsync(NoteSql, new { device = receipt.Device, epoch = receipt.Epoch.Value, to = receipt.To, at = receipt.At }),
        ct);
}
