using Npgsql;
using NpgsqlTypes;

namespace EdgeSync.Benchmarks;

/// <summary>The ceiling: the same rows into the same table with nothing around them, a transaction for each group.</summary>
internal static class DirectWriter
{
    private const string CopySql =
        "COPY telemetry_data (device_id, recorded_at, epoch, seq, sensor, value, payload, replay_of, received_at) FROM STDIN (FORMAT BINARY)";

    private const string InsertSql = """
        INSERT INTO telemetry_data (device_id, recorded_at, epoch, seq, sensor, value, payload, replay_of, received_at)
        SELECT * FROM unnest($1::UUID[], $2::INT8[], $3::INT8[], $4::INT8[], $5::TEXT[], $6::FLOAT8[], $7::TEXT[], $8::TEXT[], $9::INT8[])
        """;

    private static readonly NpgsqlDbType[] Types =
    [
        NpgsqlDbType.Uuid, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Text, NpgsqlDbType.Double, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Bigint,
    ];

    /// <summary>Binary COPY.</summary>
    public static Task CopyAsync(NpgsqlDataSource database, IReadOnlyList<DirectGroup> groups, int writers, CancellationToken ct) =>
        RunAsync(database, groups, writers, CopyAsync, ct);

    /// <summary>One prepared INSERT from unnest for each group.</summary>
    public static Task InsertAsync(NpgsqlDataSource database, IReadOnlyList<DirectGroup> groups, int writers, CancellationToken ct) =>
        RunAsync(database, groups, writers, InsertAsync, ct);

    private static Task RunAsync(
        NpgsqlDataSource database, IReadOnlyList<DirectGroup> groups, int writers, Func<NpgsqlConnection, IEnumerable<DirectGroup>, CancellationToken, Task> write, CancellationToken ct) =>
        Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
        {
            await using var connection = await database.OpenConnectionAsync(ct);
            await write(connection, groups.Where((_, i) => i % writers == writer), ct);
        }));

    private static async Task CopyAsync(NpgsqlConnection connection, IEnumerable<DirectGroup> groups, CancellationToken ct)
    {
        foreach (var group in groups)
        {
            await using var copy = await connection.BeginBinaryImportAsync(CopySql, ct);
            for (var row = 0; row < DirectGroup.Rows; row++)
            {
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(group.Devices[row], NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(group.RecordedAt[row], NpgsqlDbType.Bigint, ct);
                await copy.WriteAsync(group.Epochs[row], NpgsqlDbType.Bigint, ct);
                await copy.WriteAsync(group.Numbers[row], NpgsqlDbType.Bigint, ct);
                await copy.WriteAsync(group.Sensors[row], NpgsqlDbType.Text, ct);
                await copy.WriteAsync(group.Values[row]!.Value, NpgsqlDbType.Double, ct);
                await copy.WriteNullAsync(ct);
                await copy.WriteNullAsync(ct);
                await copy.WriteAsync(group.ReceivedAt[row], NpgsqlDbType.Bigint, ct);
            }

            await copy.CompleteAsync(ct);
        }
    }

    private static async Task InsertAsync(NpgsqlConnection connection, IEnumerable<DirectGroup> groups, CancellationToken ct)
    {
        await using var insert = new NpgsqlCommand(InsertSql, connection);
        foreach (var type in Types)
        {
            insert.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type });
        }

        await insert.PrepareAsync(ct);
        foreach (var group in groups)
        {
            object[] columns =
            [
                group.Devices, group.RecordedAt, group.Epochs, group.Numbers, group.Sensors, group.Values, group.Payloads, group.ReplaysOf, group.ReceivedAt,
            ];
            for (var i = 0; i < columns.Length; i++)
            {
                insert.Parameters[i].Value = columns[i];
            }

            await insert.ExecuteNonQueryAsync(ct);
        }
    }
}
