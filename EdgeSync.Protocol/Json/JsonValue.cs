using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeSync.Protocol;

/// <summary>A JSON value as the text it was written in; equal when the texts are equal, so hashes and merges see the same bytes everywhere.</summary>
/// <param name="Text">One JSON value.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct JsonValue(string Text)
{
    /// <summary>The value <c>null</c>.</summary>
    public static readonly JsonValue Null = new("null");

    /// <summary>The value of a text as a database keeps it; null for none.</summary>
    public static JsonValue? From(string? text) => text is null ? null : new JsonValue(text);

    /// <inheritdoc/>
    public override string ToString() => Text ?? "null";

    /// <summary>Reads and writes the text as it is.</summary>
    internal sealed class Converter : JsonConverter<JsonValue>
    {
        public override bool HandleNull => true;

        public override JsonValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return new JsonValue(document.RootElement.GetRawText());
        }

        public override void Write(Utf8JsonWriter writer, JsonValue value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.ToString());
    }
}
