using System.Security.Cryptography;

namespace EdgeSync.Protocol;

/// <summary>The gateway's keys that a device accepts: those in use and those that come next, so that a key can be changed without locking anyone out.</summary>
/// <param name="Pins">1 to 8 of <c>sha256/</c> and base64 of SHA-256 of the key's SubjectPublicKeyInfo (the form of RFC 7469).</param>
public sealed record PinSet(IReadOnlyList<string> Pins)
{
    /// <summary>The configuration key that carries it.</summary>
    public const string ConfigKey = "edgesync.pins";

    /// <summary>Most pins in a set.</summary>
    public const int PinsMax = 8;

    private const string Prefix = "sha256/";

    /// <summary>The pin of a key.</summary>
    /// <param name="subjectPublicKeyInfo">DER.</param>
    public static string Of(ReadOnlySpan<byte> subjectPublicKeyInfo) => Prefix + Convert.ToBase64String(SHA256.HashData(subjectPublicKeyInfo));

    /// <summary>Whether a text has the form of a pin.</summary>
    public static bool IsPin(string? text) =>
        text is not null && text.StartsWith(Prefix, StringComparison.Ordinal)
        && Convert.TryFromBase64String(text[Prefix.Length..], new byte[text.Length], out var length) && length == SHA256.HashSizeInBytes;

    /// <summary>Whether a set has the form of one: 1 to 8 pins.</summary>
    public static bool HasForm(IReadOnlyList<string> pins)
    {
        ArgumentNullException.ThrowIfNull(pins);
        return pins.Count is >= 1 and <= PinsMax && pins.All(IsPin);
    }
}
