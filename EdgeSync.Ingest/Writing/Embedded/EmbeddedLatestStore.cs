using System.Data.Common;

namespace EdgeSync.Ingest;

/// <summary>The newest reading of each sensor.</summary>
internal static class EmbeddedLatestStore
{
    private const string Update = """
        UPDATE latest_values SET value = $3, payload = $4, recorded_at = $5, received_at = $6, epoch = $7, seq = $8
        WHERE device_id = $1 AND sensor = $2 AND (received_at, seq, epoch) < ($6, $8, $7)
        """;

    // The row is there and newer, or the sensor is new: only then is it worth counting.
    private const string InsertNew = """
        INSERT INTO latest_values (device_id, sensor, value, payload, recorded_at, received_at, epoch, seq)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8
        WHERE (SELECT count(*) FROM latest_values WHERE device_id = $1) < $9
        ON CONFLICT (device_id, sensor) DO NOTHING
        """;

    public static void Save(IReadOnlyList<AppendPlan> plans, int sensorsMax, DbTransaction transaction)
    {
        using var update = new Statement(transaction, Update, 8);
        using var insert = new Statement(transaction, InsertNew, 9);
        foreach (var latest in LatestReadings.Of(plans))
        {
            var (device, epoch) = (latest.Plan.Stream.Device, latest.Plan.Stream.Epoch.Value);
            var reading = latest.Plan.Source.ReadingAt(latest.Row.Index);
            var changed = update.Execute(device, latest.Sensor, reading.Value, reading.Payload, reading.RecordedAt, latest.Plan.ReceivedAt, epoch, latest.Row.Number);
            if (changed == 0)
            {
                insert.Execute(device, latest.Sensor, reading.Value, reading.Payload, reading.RecordedAt, latest.Plan.ReceivedAt, epoch, latest.Row.Number, sensorsMax);
            }
        }
    }
}
