using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Deletes acknowledged rows whose time is over, by ranges of numbers; unsent rows never.</summary>
internal sealed class RetentionStore(DeviceDatabase database)
{
    private const int RowsMax = 5_000;

    /// <summary>Deletes rows that were acknowledged before <paramref name="before"/>, at most so many.</summary>
    /// <returns>Whether there may be more.</returns>
    public bool DeleteAcknowledged(long before, int rowsMax = RowsMax)
    {
        var due = database.Read(() => ReadDue(before));
        return due is { } mark && database.Write(() => Delete(mark.Epoch, mark.Bucket, mark.Seq, rowsMax));
    }

    private bool Delete(Epoch epoch, long bucket, long upTo, int rowsMax)
    {
        var first = database.Statement("SELECT MIN(seq) FROM telemetry_data WHERE epoch = ?1").Number(epoch.Value) ?? long.MaxValue;
        if (first > upTo)
        {
            database.Statement("DELETE FROM retention_marks WHERE epoch = ?1 AND bucket = ?2").Execute(epoch.Value, bucket);
            return true;
        }

        var last = database.Statement("SELECT MAX(seq) FROM telemetry_data WHERE epoch = ?1 AND seq <= ?2")
            .Number(epoch.Value, Math.Min(upTo, first + rowsMax - 1))!.Value;
        database.Statement(
            """
            UPDATE streams SET retained_after = ?2, retained_after_digest = (SELECT digest FROM telemetry_data WHERE epoch = ?1 AND seq = ?2)
            WHERE epoch = ?1 AND acked >= ?2
            """).Execute(epoch.Value, last);
        database.Statement("DELETE FROM telemetry_data WHERE epoch = ?1 AND seq <= ?2 AND seq <= (SELECT acked FROM streams WHERE epoch = ?1)").Execute(epoch.Value, last);
        database.Statement("DELETE FROM gaps WHERE epoch = ?1 AND to_seq <= ?2 AND to_seq <= (SELECT acked FROM streams WHERE epoch = ?1)").Execute(epoch.Value, last);
        return true;
    }

    private (Epoch Epoch, long Bucket, long Seq)? ReadDue(long before)
    {
        using var reader = database.Statement(
            "SELECT epoch, bucket, seq FROM retention_marks WHERE acked_at <= ?1 ORDER BY acked_at LIMIT 1").Read(before);
        return reader.Read() ? (reader.GetEpoch(0), reader.GetInt64(1), reader.GetInt64(2)) : null;
    }
}
