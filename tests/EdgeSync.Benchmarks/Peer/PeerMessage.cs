using System.Buffers;
using System.Buffers.Binary;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>Readings of one device as they lie in its file.</summary>
/// <param name="First">The number of the first.</param>
/// <param name="Rows">Sensor, time and value of each.</param>
internal readonly record struct PeerReadings(long First, IReadOnlyList<(byte Sensor, long RecordedAt, double Value)> Rows);

/// <summary>
/// What a device tells the broker: on the topic <c>telemetry/DEVICE</c> the first reading's number, then 17 bytes a reading. As short as can be, so that the peer is not slowed by how it writes things down.
/// </summary>
internal static class PeerMessage
{
    public const string Topics = "telemetry/+";

    private const string Prefix = "telemetry/";
    private const int HeadBytes = sizeof(long);
    private const int ReadingBytes = 1 + sizeof(long) + sizeof(double);

    public static string TopicOf(DeviceId device) => Prefix + device;

    public static DeviceId DeviceOf(string topic) => DeviceId.Parse(topic[Prefix.Length..]);

    public static byte[] Encode(PeerReadings readings)
    {
        var bytes = new byte[HeadBytes + (readings.Rows.Count * ReadingBytes)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, readings.First);
        var at = HeadBytes;
        foreach (var (sensor, recordedAt, value) in readings.Rows)
        {
            bytes[at] = sensor;
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at + 1), recordedAt);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(at + 1 + sizeof(long)), value);
            at += ReadingBytes;
        }

        return bytes;
    }

    /// <summary>Adds a message's readings to a group.</summary>
    public static void Decode(DeviceId device, ReadOnlySequence<byte> message, PeerGroup group)
    {
        var bytes = message.IsSingleSegment ? message.FirstSpan : message.ToArray();
        var number = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        for (var at = HeadBytes; at < bytes.Length; at += ReadingBytes)
        {
            group.Add(device, number++, bytes[at], BinaryPrimitives.ReadInt64LittleEndian(bytes[(at + 1)..]), BinaryPrimitives.ReadDoubleLittleEndian(bytes[(at + 1 + sizeof(long))..]));
        }
    }
}
