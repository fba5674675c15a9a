using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EdgeSync.Commands;

/// <summary>Proves to a webhook who sent a notification, and when: HMAC-SHA256 (RFC 2104) over time and body. Pure.</summary>
internal static class WebhookSignature
{
    /// <summary>The header's value.</summary>
    /// <param name="secret">What both sides know.</param>
    /// <param name="at">When it is sent.</param>
    /// <param name="body">The body as it is sent.</param>
    public static string Of(byte[] secret, DateTimeOffset at, string body)
    {
        var seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={seconds},v1={Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{seconds}.{body}")))}";
    }
}
