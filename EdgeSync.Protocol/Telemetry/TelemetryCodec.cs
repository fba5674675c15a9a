using System.Text;
using Google.Protobuf;

namespace EdgeSync.Protocol;

/// <summary>Telemetry batches to bytes and back: Protobuf columns (telemetry.proto) or the same message as proto3 JSON.</summary>
public static class TelemetryCodec
{
    private static readonly JsonParser Json = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>Protobuf columns.</summary>
    public static byte[] EncodeProtobuf(TelemetryBatch batch) => TelemetryWire.From(batch).ToByteArray();

    /// <summary>The same message as JSON.</summary>
    public static string EncodeJson(TelemetryBatch batch) => JsonFormatter.Default.Format(TelemetryWire.From(batch));

    /// <summary>A repair as Protobuf.</summary>
    public static byte[] EncodeProtobuf(TelemetryRepair repair) => RepairWire.From(repair).ToByteArray();

    /// <summary>The same message as JSON.</summary>
    public static string EncodeJson(TelemetryRepair repair) => JsonFormatter.Default.Format(RepairWire.From(repair));

    /// <summary>Reads Protobuf columns.</summary>
    /// <exception cref="MalformedBatchException">The bytes are no batch; the message says where.</exception>
    public static TelemetryBatch DecodeProtobuf(ReadOnlySpan<byte> body) => TelemetryWire.ToBatch(ParseProtobuf(Wire.TelemetryBatch.Parser, body));

    /// <summary>Reads a repair.</summary>
    /// <exception cref="MalformedBatchException">The bytes are no repair; the message says where.</exception>
    public static TelemetryRepair DecodeRepairProtobuf(ReadOnlySpan<byte> body) => RepairWire.ToRepair(ParseProtobuf(Wire.TelemetryRepair.Parser, body));

    /// <summary>Reads the same message as JSON.</summary>
    /// <exception cref="MalformedBatchException">The text is no batch; the message says where.</exception>
    public static TelemetryBatch DecodeJson(ReadOnlySpan<byte> body) => TelemetryWire.ToBatch(ParseJson<Wire.TelemetryBatch>(body));

    /// <summary>Reads a repair as JSON.</summary>
    /// <exception cref="MalformedBatchException">The text is no repair; the message says where.</exception>
    public static TelemetryRepair DecodeRepairJson(ReadOnlySpan<byte> body) => RepairWire.ToRepair(ParseJson<Wire.TelemetryRepair>(body));

    private static T ParseProtobuf<T>(MessageParser<T> parser, ReadOnlySpan<byte> body)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(body);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new MalformedBatchException($"The body is not a {typeof(T).Name} message: {e.Message}", e);
        }
    }

    private static T ParseJson<T>(ReadOnlySpan<byte> body)
        where T : IMessage<T>, new()
    {
        try
        {
            return Json.Parse<T>(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException or ArgumentException or FormatException or OverflowException)
        {
            throw new MalformedBatchException($"The body is not a {typeof(T).Name} as JSON: {e.Message}", e);
        }
    }
}
