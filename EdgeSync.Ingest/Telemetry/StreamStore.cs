using System.Data.Common;

namespace EdgeSync.Ingest;

/// <summary>Reads a stream's ledger.</summary>
internal static class StreamStore
{
    /// <summary>Of one stream: device and epoch are its parameters, <see cref="StateAt"/> reads its columns.</summary>
    public const string SelectStream = """
        SELECT watermark, digest, stored, refused, gaps, opened_at, updated_at,
               block_recorded_min, block_recorded_max, block_received_min, block_received_max
        FROM streams WHERE device_id = $1 AND epoch = $2
        """;

    /// <summary>A stream's ledger as it is now; null when it was never seen.</summary>
    public static async Task<StreamState?> ReadAsync(StreamKey key, DbTransaction transaction, CancellationToken ct)
    {
        await using var select = new Statement(transaction, SelectStream, 2);
        await using var reader = await select.ReadAsync(ct, key.Device, key.Epoch.Value);
        return await reader.ReadAsync(ct) ? StateAt(reader, column: 0) : null;
    }

    /// <summary>A stream's columns, in the order of <see cref="SelectStream"/>, from one on.</summary>
    public static StreamState StateAt(DbDataReader reader, int column) => new(
        reader.GetInt64(column), reader.GetDigest(column + 1), reader.GetInt64(column + 2), reader.GetInt64(column + 3), reader.GetInt64(column + 4),
        reader.GetInt64(column + 5), reader.GetInt64(column + 6),
        new BlockBounds(reader.GetNullableInt64(column + 7), reader.GetNullableInt64(column + 8), reader.GetNullableInt64(column + 9), reader.GetNullableInt64(column + 10)));
}
