using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EdgeSync.Commands;

/// <summary>Ids of alerts, silences and notifications: the time, then a hash of what it is. So they sort by time, and whoever makes the same thing twice makes it once.</summary>
internal static class AlertIds
{
    public const int Chars = TimeChars + (2 * HashBytes);

    /// <summary>Greater than any.</summary>
    public const string Last = "g";

    private const int TimeChars = 12;
    private const int HashBytes = 10;
    private const long Mask = (1L << (4 * TimeChars)) - 1;

    /// <param name="now">Microseconds since 1970.</param>
    /// <param name="parts">What it is.</param>
    public static string Of(long now, params ReadOnlySpan<string> parts)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{now.ToString(CultureInfo.InvariantCulture)}\n{string.Join('\n', parts)}"));
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, now) / 1_000 & Mask:x12}{Convert.ToHexStringLower(hash, 0, HashBytes)}");
    }

    public static bool IsId(string? text) => text is { Length: Chars } && text.All(char.IsAsciiHexDigitLower);
}
