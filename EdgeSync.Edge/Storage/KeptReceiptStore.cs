using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>A durability receipt that the device keeps.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="To">The control plane had its numbers up to this one.</param>
/// <param name="Digest">D(To).</param>
/// <param name="SignedAt">When it said so, by its clock, microseconds since 1970.</param>
/// <param name="Statement">Its words: a <see cref="FleetStatement"/> of a <see cref="DurabilityReceipt"/>, which anyone with the fleet's root can check.</param>
public sealed record KeptReceipt(Epoch Epoch, long To, Digest Digest, long SignedAt, string Statement);

/// <summary>Durability receipts, the newest few of each stream.</summary>
internal sealed class KeptReceiptStore(DeviceDatabase database)
{
    private const int OfStreamMax = 4;
    private const int StreamsMax = 100;

    public void Keep(DurabilityReceipt receipt, string statement, long now) => database.Write(() =>
    {
        database.Statement("INSERT OR REPLACE INTO receipts (epoch, to_seq, digest, signed_at, kept_at, statement) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .Execute(receipt.Epoch.Value, receipt.To, receipt.Digest.ToArray(), receipt.At, now, statement);
        database.Statement(
            "DELETE FROM receipts WHERE epoch = ?1 AND to_seq NOT IN (SELECT to_seq FROM receipts WHERE epoch = ?1 ORDER BY to_seq DESC LIMIT ?2)").Execute(receipt.Epoch.Value, OfStreamMax);
    });

    /// <summary>Up to which number the stream's newest receipt goes; 0 for none.</summary>
    public long NewestTo(Epoch epoch) => database.Read(() => database.Statement("SELECT MAX(to_seq) FROM receipts WHERE epoch = ?1").Number(epoch.Value) ?? 0);

    /// <summary>When the last one was kept, by the device's clock, microseconds since 1970; null for none.</summary>
    public long? NewestAt() => database.Read(() => database.Statement("SELECT MAX(kept_at) FROM receipts").Number());

    /// <summary>The newest, newest first.</summary>
    public IReadOnlyList<KeptReceipt> Read() => database.Read(() =>
    {
        var receipts = new List<KeptReceipt>();
        using var reader = database.Statement("SELECT epoch, to_seq, digest, signed_at, statement FROM receipts ORDER BY kept_at DESC, to_seq DESC LIMIT ?1").Read(OfStreamMax * StreamsMax);
        while (reader.Read())
        {
            receipts.Add(new KeptReceipt(reader.GetEpoch(0), reader.GetInt64(1), reader.GetDigest(2), reader.GetInt64(3), reader.GetString(4)));
        }

        return receipts;
    });
}
