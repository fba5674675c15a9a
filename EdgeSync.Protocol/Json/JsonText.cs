using System.Text;
using System.Text.Json;

namespace EdgeSync.Protocol;

/// <summary>Checks JSON texts without building anything from them.</summary>
public static class JsonText
{
    /// <summary>Whether the text is one JSON value (RFC 8259) that nests at most <paramref name="depthMax"/> deep.</summary>
    public static bool IsValid(string text, int depthMax)
    {
        ArgumentNullException.ThrowIfNull(text);
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), new JsonReaderOptions { MaxDepth = depthMax });
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
