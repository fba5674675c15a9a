using System.Text;

namespace EdgeSync.Commands;

/// <summary>Bounds of texts for people.</summary>
internal static class Texts
{
    public static bool HasBytes(string text, int bytesMin, int bytesMax) =>
        Encoding.UTF8.GetByteCount(text) is var bytes && bytes >= bytesMin && bytes <= bytesMax && !text.Any(char.IsControl);

    /// <summary>The beginning of a text whose length its writer does not know, such as an error's message: a long one must not keep its report from being stored.</summary>
    public static string? Cut(string? text, int charsMax)
    {
        // A database of text keeps no zero character.
        text = text?.Replace('\0', ' ');
        return text is null || text.Length <= charsMax ? text
            : char.IsHighSurrogate(text[charsMax - 1]) ? text[..(charsMax - 1)]
            : text[..charsMax];
    }
}
