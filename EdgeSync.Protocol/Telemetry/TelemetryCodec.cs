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

    /// <summary>Reads Protobuf columns.</summary>
    /// <exception cref="MalformedBatchException">The bytes are no batch; the message says where.</exception>
    public static TelemetryBatch DecodeProtobuf(ReadOnlySpan<byte> body)
    {
        try
        {
            return TelemetryWire.ToBatch(Wire.TelemetryBatch.Parser.ParseFrom(body));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new MalformedBatchException($"The body is not a TelemetryBatch message: {e.Message}", e);
        }
    }

    /// <summary>Reads the same message as JSON.</summary>
    /// <exception cref="MalformedBatchException">The text is no batch; the message says where.</exception>
    public static TelemetryBatch DecodeJson(ReadOnlySpan<byte> body)
    {
        try
        {
            return TelemetryWire.ToBatch(Json.Parse<Wire.TelemetryBatch>(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body)));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException or ArgumentException or FormatException or OverflowException)
        {
            throw new MalformedBatchException($"The body is not a TelemetryBatch as JSON: {e.Message}", e);
        }
    }
}
