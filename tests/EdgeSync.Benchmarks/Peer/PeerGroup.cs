using EdgeSync.Protocol;
using Npgsql;
using NpgsqlTypes;

namespace EdgeSync.Benchmarks;

/// <summary>Readings of many messages as columns of <c>telemetry_data</c>, for one INSERT from unnest.</summary>
internal sealed class PeerGroup
{
    private const string InsertSql = """
        INSERT INTO telemetry_data (device_id, recorded_at, epoch, seq, sensor, value, received_at)
        SELECT * FROM unnest($1::UUID[], $2::INT8[], $3::INT8[], $4::INT8[], $5::TEXT[], $6::FLOAT8[], $7::INT8[])
        """;

    private const string InsertNewSql = InsertSql + " ON CONFLICT DO NOTHING";

    private static readonly NpgsqlDbType[] Types =
        [NpgsqlDbType.Uuid, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Text, NpgsqlDbType.Double, NpgsqlDbType.Bigint];

    private readonly List<Guid> _devices = [];
    private readonly List<long> _recordedAt = [];
    private readonly List<long> _epochs = [];
    private readonly List<long> _numbers = [];
    private readonly List<string> _sensors = [];
    private readonly List<double> _values = [];
    private readonly List<long> _receivedAt = [];

    /// <summary>Whether a message in it may have come before: it comes again when it was not confirmed.</summary>
    public bool MayBeThere { get; set; }

    public int Rows => _devices.Count;

    public void Add(DeviceId device, long number, byte sensor, long recordedAt, double value)
    {
        _devices.Add(device.Value);
        _recordedAt.Add(recordedAt);
        _epochs.Add(1);
        _numbers.Add(number);
        _sensors.Add(SampleStream.Sensors[sensor]);
        _values.Add(value);
        _receivedAt.Add(recordedAt);
    }

    public void Clear()
    {
        _devices.Clear();
        _recordedAt.Clear();
        _epochs.Clear();
        _numbers.Clear();
        _sensors.Clear();
        _values.Clear();
        _receivedAt.Clear();
        MayBeThere = false;
    }

    /// <summary>The statement, prepared, for many groups; the one for groups that may be there costs PostgreSQL more.</summary>
    public static async Task<NpgsqlCommand> PrepareAsync(NpgsqlConnection connection, bool mayBeThere, CancellationToken ct)
    {
        var insert = new NpgsqlCommand(mayBeThere ? InsertNewSql : InsertSql, connection);
        foreach (var type in Types)
        {
            insert.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type });
        }

        await insert.PrepareAsync(ct);
        return insert;
    }

    /// <summary>Returns when its transaction has committed.</summary>
    public async Task WriteAsync(NpgsqlCommand insert, CancellationToken ct)
    {
        object[] columns = [_devices, _recordedAt, _epochs, _numbers, _sensors, _values, _receivedAt];
        for (var i = 0; i < columns.Length; i++)
        {
            insert.Parameters[i].Value = columns[i];
        }

        await insert.ExecuteNonQueryAsync(ct);
    }
}
