using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeSync.Protocol;

/// <summary>How two version vectors stand to each other.</summary>
public enum VectorOrder
{
    /// <summary>The same writes.</summary>
    Equal,

    /// <summary>The left saw fewer writes, all of which the right saw too.</summary>
    Before,

    /// <summary>The right saw fewer writes, all of which the left saw too.</summary>
    After,

    /// <summary>Each saw a write that the other did not.</summary>
    Concurrent,
}

/// <summary>
/// Counts each writer's writes to a key (Parker et al., Detection of Mutual Inconsistency in Distributed Systems, 1983). Immutable;
/// on the wire an object such as <c>{"cloud":"3","device:81":"1"}</c>.
/// </summary>
[JsonConverter(typeof(Converter))]
public sealed class VersionVector : IEquatable<VersionVector>
{
    private readonly SortedDictionary<string, long> _counts;

    private VersionVector(SortedDictionary<string, long> counts) => _counts = counts;

    /// <summary>No writes.</summary>
    public static VersionVector Empty { get; } = new(new SortedDictionary<string, long>(StringComparer.Ordinal));

    /// <summary>Writers in it.</summary>
    public int Count => _counts.Count;

    /// <summary>Who has written, in ordinal order.</summary>
    public IEnumerable<string> Writers => _counts.Keys;

    /// <summary>A writer's writes; 0 for one that is not in it.</summary>
    public long this[string writer] => _counts.GetValueOrDefault(writer);

    /// <summary>With one more write of this writer.</summary>
    public VersionVector Increment(string writer) => new(new SortedDictionary<string, long>(_counts, StringComparer.Ordinal) { [writer] = this[writer] + 1 });

    /// <summary>All writes that either saw.</summary>
    public VersionVector Join(VersionVector other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var joined = new SortedDictionary<string, long>(_counts, StringComparer.Ordinal);
        foreach (var (writer, count) in other._counts)
        {
            joined[writer] = Math.Max(count, this[writer]);
        }

        return new VersionVector(joined);
    }

    /// <summary>How this stands to another.</summary>
    public VectorOrder CompareTo(VersionVector other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var ahead = _counts.Any(pair => pair.Value > other[pair.Key]);
        var behind = other._counts.Any(pair => pair.Value > this[pair.Key]);
        return (ahead, behind) switch
        {
            (false, false) => VectorOrder.Equal,
            (false, true) => VectorOrder.Before,
            (true, false) => VectorOrder.After,
            (true, true) => VectorOrder.Concurrent,
        };
    }

    /// <inheritdoc/>
    public bool Equals(VersionVector? other) => other is not null && CompareTo(other) == VectorOrder.Equal;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VersionVector);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());

    /// <summary>One text for one vector: <c>cloud:3,device:81:1</c>, writers in ordinal order.</summary>
    public override string ToString() => string.Join(',', _counts.Select(pair => FormattableString.Invariant($"{pair.Key}:{pair.Value}")));

    /// <summary>The object that it is on the wire, as databases keep it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ProtocolJson.Default.VersionVector);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static VersionVector FromJson(string json) => JsonSerializer.Deserialize(json, ProtocolJson.Default.VersionVector)!;

    internal sealed class Converter : JsonConverter<VersionVector>
    {
        public override VersionVector Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new JsonException("Expected a version vector: an object of writers and counts.");
            }

            var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
            var number = new Int64Converter();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var writer = reader.GetString()!;
                reader.Read();
                if (number.Read(ref reader, typeof(long), options) is not (> 0 and var count) || counts.Count == Limits.VectorWritersMax)
                {
                    throw new JsonException($"A version vector has at most {Limits.VectorWritersMax} writers with positive counts.");
                }

                counts[writer] = count;
            }

            return new VersionVector(counts);
        }

        public override void Write(Utf8JsonWriter writer, VersionVector value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (name, count) in value._counts)
            {
                writer.WriteString(name, FormattableString.Invariant($"{count}"));
            }

            writer.WriteEndObject();
        }
    }
}
