using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeSync.Protocol;

/// <summary>64-bit numbers travel as strings, since many readers of JSON keep 53 bits; numbers are read too.</summary>
internal sealed class Int64Converter : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number ? reader.GetInt64()
        : long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value
        : throw new JsonException("Expected a 64-bit integer, as a number or a string of digits.");

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
}

/// <summary>A type that is written as one string.</summary>
internal abstract class TextConverter<T>(string expected) : JsonConverter<T>
    where T : struct
{
    protected abstract bool TryParse(string? text, out T value);

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var value)
            ? value
            : throw new JsonException($"Expected {expected}.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

internal sealed class DeviceIdConverter() : TextConverter<DeviceId>("a device id (UUID)")
{
    protected override bool TryParse(string? text, out DeviceId value) => DeviceId.TryParse(text, out value);
}

internal sealed class CommandIdConverter() : TextConverter<CommandId>("a command id (UUID)")
{
    protected override bool TryParse(string? text, out CommandId value) => CommandId.TryParse(text, out value);
}

internal sealed class BatchIdConverter() : TextConverter<BatchId>("a command batch's id (UUID)")
{
    protected override bool TryParse(string? text, out BatchId value) => BatchId.TryParse(text, out value);
}

internal sealed class RolloutIdConverter() : TextConverter<RolloutId>("a rollout's id (UUID)")
{
    protected override bool TryParse(string? text, out RolloutId value) => RolloutId.TryParse(text, out value);
}

internal sealed class EpochConverter() : TextConverter<Epoch>("an epoch (a positive number as a string)")
{
    protected override bool TryParse(string? text, out Epoch value) => Epoch.TryParse(text, out value);
}

internal sealed class DigestConverter() : TextConverter<Digest>("a digest (64 hexadecimal digits)")
{
    protected override bool TryParse(string? text, out Digest value) => Digest.TryParse(text, out value);
}

/// <summary>Enumerations travel as lower-case words with hyphens; numbers are refused.</summary>
internal sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
