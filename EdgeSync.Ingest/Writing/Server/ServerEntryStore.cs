using EdgeSync.Protocol;
using Npgsql;

namespace EdgeSync.Ingest;

/// <summary>The rows that accepted batches add: what accounts for each number, and the newest reading of each sensor. Its columns are filled again for each group.</summary>
internal sealed class ServerEntryStore(IngestOptions options)
{
    private const string InsertReadings = """
        INSERT INTO telemetry_data (device_id, recorded_at, epoch, seq, sensor, value, payload, replay_of, received_at)
        SELECT * FROM unnest($1::UUID[], $2::INT8[], $3::INT8[], $4::INT8[], $5::TEXT[], $6::FLOAT8[], $7::TEXT[], $8::TEXT[], $9::INT8[])
        """;

    private const string InsertRefusals = """
        INSERT INTO refusals (device_id, epoch, seq, reason, digest, digest_before, received_at)
        SELECT * FROM unnest($1::UUID[], $2::INT8[], $3::INT8[], $4::TEXT[], $5::BYTEA[], $6::BYTEA[], $7::INT8[])
        """;

    private const string InsertGaps = """
        INSERT INTO gaps (device_id, epoch, from_seq, to_seq, reason, digest_after, digest_before, received_at)
        SELECT * FROM unnest($1::UUID[], $2::INT8[], $3::INT8[], $4::INT8[], $5::TEXT[], $6::BYTEA[], $7::BYTEA[], $8::INT8[])
        """;

    private const string InsertCheckpoints = """
        INSERT INTO checkpoints (device_id, epoch, seq, digest, recorded_min, recorded_max, received_min, received_max)
        SELECT * FROM unnest($1::UUID[], $2::INT8[], $3::INT8[], $4::BYTEA[], $5::INT8[], $6::INT8[], $7::INT8[], $8::INT8[])
        """;

    private const string InsertClockOffsets = """
        INSERT INTO clock_offsets (device_id, epoch, first_seq, last_seq, offset_us, received_at)
        SELECT * FROM unnest($1::UUID[], $2::INT8[], $3::INT8[], $4::INT8[], $5::INT8[], $6::INT8[])
        """;

    // A device's sensors are counted only where one of them is new; of several new ones the oldest find a place.
    private const string UpsertLatest = """
        INSERT INTO latest_values (device_id, sensor, value, payload, recorded_at, received_at, epoch, seq)
        SELECT c.device_id, c.sensor, c.value, c.payload, c.recorded_at, c.received_at, c.epoch, c.seq
        FROM (
          SELECT r.device_id, r.sensor, r.value, r.payload, r.recorded_at, r.received_at, r.epoch, r.seq, k.sensor IS NOT NULL AS known,
                 row_number() OVER (PARTITION BY r.device_id, k.sensor IS NOT NULL ORDER BY r.received_at, r.seq, r.epoch) AS place
          FROM unnest($1::UUID[], $2::TEXT[], $3::FLOAT8[], $4::TEXT[], $5::INT8[], $6::INT8[], $7::INT8[], $8::INT8[])
            AS r(device_id, sensor, value, payload, recorded_at, received_at, epoch, seq)
          LEFT JOIN latest_values AS k ON k.device_id = r.device_id AND k.sensor = r.sensor
        ) AS c
        WHERE c.known OR c.place + (SELECT count(*) FROM latest_values AS o WHERE o.device_id = c.device_id) <= $9::INT8
        ON CONFLICT (device_id, sensor) DO UPDATE SET
          value = excluded.value, payload = excluded.payload, recorded_at = excluded.recorded_at, received_at = excluded.received_at,
          epoch = excluded.epoch, seq = excluded.seq
        WHERE (latest_values.received_at, latest_values.seq, latest_values.epoch) < (excluded.received_at, excluded.seq, excluded.epoch)
        """;

    private readonly List<Guid> _devices = [];
    private readonly List<long> _recordedAt = [];
    private readonly List<long> _epochs = [];
    private readonly List<long> _numbers = [];
    private readonly List<string> _sensors = [];
    private readonly List<double?> _values = [];
    private readonly List<string?> _payloads = [];
    private readonly List<string?> _replaysOf = [];
    private readonly List<long> _receivedAt = [];

    /// <summary>Adds the statements that write what the plans add; none for a table that gets nothing. The batch must be executed before the next one is filled.</summary>
    public void AddTo(NpgsqlBatch batch, IReadOnlyList<AppendPlan> plans)
    {
        AddReadings(batch, plans);
        AddRefusals(batch, plans);
        AddGaps(batch, plans);
        AddCheckpoints(batch, plans);
        AddClockOffsets(batch, plans);
        AddLatest(batch, plans);
    }

    private void AddReadings(NpgsqlBatch batch, IReadOnlyList<AppendPlan> plans)
    {
        Clear();
        foreach (var plan in plans)
        {
            var source = plan.Source;
            foreach (var row in plan.Rows)
            {
                _devices.Add(plan.Stream.Device.Value);
                _recordedAt.Add(source.RecordedAt[row.Index]);
                _epochs.Add(plan.Stream.Epoch.Value);
                _numbers.Add(row.Number);
                _sensors.Add(source.Sensors[source.SensorIndexes[row.Index]]);
                _values.Add(source.Values[row.Index]);
                _payloads.Add(source.Payloads.Length == 0 ? null : source.Payloads[row.Index]);
                _replaysOf.Add(source.ReplaysOf.Length == 0 ? null : source.ReplaysOf[row.Index]?.ToString());
                _receivedAt.Add(plan.ReceivedAt);
            }
        }

        if (_numbers.Count > 0)
        {
            batch.Add(InsertReadings).With(_devices).With(_recordedAt).With(_epochs).With(_numbers).With(_sensors).With(_values).With(_payloads).With(_replaysOf).With(_receivedAt);
        }
    }

    private void Clear()
    {
        _devices.Clear();
        _recordedAt.Clear();
        _epochs.Clear();
        _numbers.Clear();
        _sensors.Clear();
        _values.Clear();
        _payloads.Clear();
        _replaysOf.Clear();
        _receivedAt.Clear();
    }

    private static void AddRefusals(NpgsqlBatch batch, IReadOnlyList<AppendPlan> plans)
    {
        var rows = Rows(plans, plan => plan.Refusals);
        if (rows.Count > 0)
        {
            WithStreams(batch.Add(InsertRefusals), rows)
                .With(rows, row => row.Entry.Number).With(rows, row => Words.Of(row.Entry.Reason)).With(rows, row => row.Entry.Digest.ToArray()).With(rows, row => row.Entry.Before.ToArray()).With(rows, row => row.Plan.ReceivedAt);
        }
    }

    private static void AddGaps(NpgsqlBatch batch, IReadOnlyList<AppendPlan> plans)
    {
        var rows = Rows(plans, plan => plan.Gaps);
        if (rows.Count > 0)
        {
            WithStreams(batch.Add(InsertGaps), rows)
                .With(rows, row => row.Entry.Gap.From).With(rows, row => row.Entry.Gap.To).With(rows, row => Words.Of(row.Entry.Gap.Reason))
                .With(rows, row => row.Entry.Gap.DigestAfter.ToArray()).With(rows, row => row.Entry.Before.ToArray()).With(rows, row => row.Plan.ReceivedAt);
        }
    }

    private static void AddCheckpoints(NpgsqlBatch batch, IReadOnlyList<AppendPlan> plans)
    {
        var rows = Rows(plans, plan => plan.Checkpoints);
        if (rows.Count > 0)
        {
            WithStreams(batch.Add(InsertCheckpoints), rows)
                .With(rows, row => row.Entry.Number).With(rows, row => row.Entry.Digest.ToArray())
                .With(rows, row => row.Entry.Block.RecordedMin).With(rows, row => row.Entry.Block.RecordedMax)
                .With(rows, row => row.Entry.Block.ReceivedMin).With(rows, row => row.Entry.Block.ReceivedMax);
        }
    }

    private void AddClockOffsets(NpgsqlBatch batch, IReadOnlyList<AppendPlan> plans)
    {
        var rows = Rows(plans, plan => plan.ClockOffset is var offset && Math.Abs(offset) > options.ClockOffsetMaxMicroseconds ? [offset] : Array.Empty<long>());
        if (rows.Count > 0)
        {
            WithStreams(batch.Add(InsertClockOffsets), rows)
                .With(rows, row => row.Plan.First).With(rows, row => row.Plan.After.Watermark).With(rows, row => row.Entry).With(rows, row => row.Plan.ReceivedAt);
        }
    }

    private void AddLatest(NpgsqlBatch batch, IReadOnlyList<AppendPlan> plans)
    {
        var rows = LatestReadings.Of(plans);
        if (rows.Count > 0)
        {
            batch.Add(UpsertLatest)
                .With(rows, row => row.Plan.Stream.Device.Value).With(rows, row => row.Sensor)
                .With(rows, row => row.Plan.Source.Values[row.Row.Index]).With(rows, row => row.Plan.Source.Payloads.Length == 0 ? null : row.Plan.Source.Payloads[row.Row.Index])
                .With(rows, row => row.Plan.Source.RecordedAt[row.Row.Index]).With(rows, row => row.Plan.ReceivedAt)
                .With(rows, row => row.Plan.Stream.Epoch.Value).With(rows, row => row.Row.Number)
                .With((long)options.LatestSensorsMax);
        }
    }

    private static List<(AppendPlan Plan, T Entry)> Rows<T>(IReadOnlyList<AppendPlan> plans, Func<AppendPlan, IReadOnlyList<T>> entries) =>
        [.. plans.SelectMany(plan => entries(plan).Select(entry => (plan, entry)))];

    private static NpgsqlBatchCommand WithStreams<T>(NpgsqlBatchCommand command, List<(AppendPlan Plan, T Entry)> rows) =>
        command.With(rows, row => row.Plan.Stream.Device.Value).With(rows, row => row.Plan.Stream.Epoch.Value);
}
