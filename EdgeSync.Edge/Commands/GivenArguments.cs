using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>A built-in command's arguments, which were checked before: one that is there is of its kind.</summary>
internal sealed class GivenArguments(JsonValue payload) : IDisposable
{
    private readonly JsonDocument _document = JsonDocument.Parse(payload.ToString());

    /// <summary>A whole number; null when it was left out.</summary>
    public long? Whole(string name) => Find(name, JsonValueKind.Number)?.GetInt64();

    /// <summary>A text; null when it was left out.</summary>
    public string? Text(string name) => Find(name, JsonValueKind.String)?.GetString();

    public void Dispose() => _document.Dispose();

    private JsonElement? Find(string name, JsonValueKind kind) =>
        _document.RootElement.ValueKind == JsonValueKind.Object && _document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;
}
