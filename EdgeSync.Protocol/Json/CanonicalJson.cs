using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeSync.Protocol;

/// <summary>
/// One text for one JSON value: RFC 8785 (members in the order of their UTF-16 units, no white space, no needless escape), but numbers keep all their digits, which RFC 8785 would round
/// to a double: <c>1.0</c> is <c>1</c>, and 9007199254740993 stays what it is. Of a member that is there twice the last one counts.
/// </summary>
internal static class CanonicalJson
{
    // Deeper than any value may be, so that what one side takes the other can read.
    private const int DepthMax = 64;

    // As RFC 8785 lays numbers out: plain up to 21 digits before the point and 6 zeros after it, with an exponent beyond.
    private const int PlainDigitsMax = 21;
    private const int PlainZerosMax = 6;
    private const int ExponentCharsMax = 9;

    /// <summary>Reads a value; null when the text is no JSON, or names characters that do not exist (a lone surrogate).</summary>
    public static JsonElement? Read(JsonValue? value)
    {
        if (value is not { Text: { } text })
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(text), new JsonDocumentOptions { MaxDepth = DepthMax });
            var element = document.RootElement.Clone();
            Of(element);
            return element;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The text.</summary>
    public static string Of(JsonElement element)
    {
        var text = new StringBuilder();
        Write(element, text);
        return text.ToString();
    }

    /// <summary>An object's members by name.</summary>
    public static SortedDictionary<string, JsonElement> Members(JsonElement element)
    {
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            members[member.Name] = member.Value;
        }

        return members;
    }

    /// <summary>The text of an object whose members' texts are given, in order.</summary>
    public static string Object(IEnumerable<(string Name, string Text)> members)
    {
        var text = new StringBuilder("{");
        foreach (var (name, value) in members)
        {
            Separate(text, '{');
            Write(name, text);
            text.Append(':').Append(value);
        }

        return text.Append('}').ToString();
    }

    private static void Write(JsonElement element, StringBuilder text)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append(Object(Members(element).Select(member => (member.Key, Of(member.Value)))));
                break;
            case JsonValueKind.Array:
                text.Append('[').AppendJoin(',', element.EnumerateArray().Select(Of)).Append(']');
                break;
            case JsonValueKind.String:
                Write(element.GetString()!, text);
                break;
            case JsonValueKind.Number:
                text.Append(Number(element.GetRawText()));
                break;
            default:
                text.Append(element.GetRawText());
                break;
        }
    }

    private static void Separate(StringBuilder text, char open)
    {
        if (text[^1] != open)
        {
            text.Append(',');
        }
    }

    private static void Write(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' or '\\' => text.Append('\\').Append(c),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    private static string Number(string raw)
    {
        var mantissa = raw.TrimStart('-');
        var exponent = 0;
        if (mantissa.IndexOfAny(['e', 'E']) is >= 0 and var e)
        {
            if (mantissa.Length - e > ExponentCharsMax)
            {
                return raw;
            }

            exponent = int.Parse(mantissa.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            mantissa = mantissa[..e];
        }

        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var all = mantissa.Replace(".", "", StringComparison.Ordinal);
        var significant = all.TrimStart('0');
        // Where the point stands, counted from the first digit that is not 0.
        var whole = (point < 0 ? all.Length : point) - (all.Length - significant.Length) + exponent;
        var digits = significant.TrimEnd('0');
        return digits.Length == 0 ? "0" : (raw[0] == '-' ? "-" : "") + Lay(digits, whole);
    }

    private static string Lay(string digits, int whole) => whole switch
    {
        > PlainDigitsMax or <= -PlainZerosMax => string.Create(
            CultureInfo.InvariantCulture, $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits.AsSpan(1)}e{(whole > 0 ? "+" : "")}{whole - 1}"),
        <= 0 => "0." + new string('0', -whole) + digits,
        _ when digits.Length > whole => $"{digits[..whole]}.{digits[whole..]}",
        _ => digits + new string('0', whole - digits.Length),
    };
}
