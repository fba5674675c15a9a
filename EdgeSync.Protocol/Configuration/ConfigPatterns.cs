using System.IO.Enumeration;

namespace EdgeSync.Protocol;

/// <summary>Patterns of configuration keys: a key, with <c>*</c> for any characters.</summary>
public static class ConfigPatterns
{
    /// <summary>Whether a key matches, letter by letter.</summary>
    public static bool Matches(string pattern, string key) => FileSystemName.MatchesSimpleExpression(pattern, key, ignoreCase: false);

    /// <summary>What is wrong with a pattern, or null.</summary>
    public static string? Check(string? pattern) =>
        string.IsNullOrEmpty(pattern) || pattern.Length > Limits.ConfigKeyBytesMax || !pattern.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '*')
            ? $"A pattern is a configuration key with * for any characters, e.g. limits.*, of at most {Limits.ConfigKeyBytesMax} characters."
            : null;
}
