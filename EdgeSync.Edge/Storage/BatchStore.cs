using System.Text;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The next unsent entries of a stream.</summary>
/// <param name="Builder">Rows and gaps in the order of their numbers; empty when the first number is neither, which is damage.</param>
/// <param name="Items">Readings and gaps in it.</param>
internal sealed record NextEntries(TelemetryBatchBuilder Builder, int Items);

/// <summary>Reads what comes after a stream's cursor, bounded in items and bytes.</summary>
internal sealed class BatchStore(DeviceDatabase database, TelemetryStore telemetry)
{
    // What a reading takes in columns at most beside its payload, a gap, and a name in the dictionary; the rest of the body is head room.
    private const int ReadingBytes = 32;
    private const int ReplayBytes = 24;
    private const int GapBytes = 72;
    private const int SensorBytes = 4;
    private const int BytesMax = Limits.BodyBytesMax - (8 * 1024);

    private readonly Dictionary<Epoch, long> _lastRead = [];

    /// <summary>The entries after the stream's cursor.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="itemsMax">Readings and gaps.</param>
    public NextEntries Read(StreamRow stream, int itemsMax) => database.Read(() =>
    {
        var builder = new TelemetryBatchBuilder(stream.Epoch, stream.Acked + 1, stream.AckedDigest);
        var gaps = ReadGaps(stream, Math.Min(itemsMax, Limits.BatchGapsMax));
        var sensors = new HashSet<long>();
        var (items, bytes, nextGap) = (0, 0, 0);
        using var rows = database.Statement(
            "SELECT seq, sensor_id, recorded_at, value, payload, replay_of, digest FROM telemetry_data WHERE epoch = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4")
            .Read(stream.Epoch.Value, stream.Acked, stream.Head, itemsMax);
        var hasRow = rows.Read();
        while (items < itemsMax && bytes < BytesMax)
        {
            if (nextGap < gaps.Count && gaps[nextGap].From == builder.NextNumber)
            {
                builder.Add(gaps[nextGap++]);
                bytes += GapBytes;
            }
            else if (hasRow && rows.GetInt64(0) == builder.NextNumber)
            {
                var reading = telemetry.ReadingAt(rows, 1);
                var newSensor = sensors.Add(rows.GetInt64(1));
                bytes += BytesOf(reading, newSensor);
                if ((bytes > BytesMax && items > 0) || sensors.Count > Limits.BatchSensorsMax)
                {
                    break;
                }

                builder.Add(reading, rows.GetDigest(6));
                hasRow = rows.Read();
            }
            else
            {
                break;
            }

            items++;
        }

        _lastRead[stream.Epoch] = builder.NextNumber - 1;
        return new NextEntries(builder, items);
    });

    /// <summary>The last number of the stream that may be under way; 0 when there is none. Call it inside the database's lock.</summary>
    public long LastReadOf(Epoch epoch) => _lastRead.GetValueOrDefault(epoch);

    /// <summary>What a reading takes in columns at most.</summary>
    /// <param name="reading">The reading.</param>
    /// <param name="newSensor">Whether its sensor comes into the dictionary with it.</param>
    public static int BytesOf(in Reading reading, bool newSensor) => ReadingBytes
        + (newSensor ? SensorBytes + Encoding.UTF8.GetByteCount(reading.Sensor) : 0)
        + (reading.ReplayOf is null ? 0 : ReplayBytes)
        + (reading.Payload is null ? 0 : Encoding.UTF8.GetByteCount(reading.Payload));

    private List<Gap> ReadGaps(StreamRow stream, int max)
    {
        var gaps = new List<Gap>();
        using var reader = database.Statement(
            "SELECT from_seq, to_seq, reason, digest_after FROM gaps WHERE epoch = ?1 AND from_seq > ?2 ORDER BY from_seq LIMIT ?3")
            .Read(stream.Epoch.Value, stream.Acked, max);
        while (reader.Read())
        {
            gaps.Add(new Gap(reader.GetInt64(0), reader.GetInt64(1), Words.Parse<GapReason>(reader.GetString(2)), reader.GetDigest(3)));
        }

        return gaps;
    }
}
