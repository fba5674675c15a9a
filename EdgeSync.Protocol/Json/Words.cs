using System.Collections.Concurrent;
using System.Text.Json;

namespace EdgeSync.Protocol;

/// <summary>The word that stands for an enumeration's value on the wire and in databases: lower case with hyphens.</summary>
public static class Words
{
    private static readonly ConcurrentDictionary<Enum, string> Known = new();

    /// <summary>The word, e.g. <c>payload-not-json</c> for <see cref="ReadingRefusal.PayloadNotJson"/>.</summary>
    public static string Of(Enum value) => Known.GetOrAdd(value, static v => JsonNamingPolicy.KebabCaseLower.ConvertName(v.ToString()));

    /// <summary>The value that a word stands for.</summary>
    /// <exception cref="FormatException">No value of <typeparamref name="T"/> has this word.</exception>
    public static T Parse<T>(string word)
        where T : struct, Enum => TryParse<T>(word, out var value)
            ? value
            : throw new FormatException($"'{word}' is no {typeof(T).Name}; one of: {List<T>()}.");

    /// <summary>Every word of <typeparamref name="T"/>, with commas between them, for a sentence.</summary>
    public static string List<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(value => Of(value)));

    /// <summary>The value that a word stands for.</summary>
    /// <returns>False when no value of <typeparamref name="T"/> has this word.</returns>
    public static bool TryParse<T>(string? word, out T value)
        where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
        {
            if (Of(candidate) == word)
            {
                value = candidate;
                return true;
            }
        }

        value = default;
        return false;
    }
}
