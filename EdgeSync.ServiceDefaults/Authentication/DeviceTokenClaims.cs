using EdgeSync.Protocol;

namespace EdgeSync.ServiceDefaults;

/// <summary>What a device's token is good for.</summary>
public enum DeviceTokenScope
{
    /// <summary>Everything of the device's own.</summary>
    Device,

    /// <summary>A new certificate, and nothing else: the gateway makes such a token for one request, also for a certificate that has expired lately.</summary>
    Renewal,
}

/// <summary>What a good token says.</summary>
/// <param name="Device">Whose it is.</param>
/// <param name="Thumbprint">SHA-256 of the certificate that it is bound to, base64url (RFC 8705, <c>x5t#S256</c>).</param>
/// <param name="Scope">What it is good for.</param>
/// <param name="Expires">Until when.</param>
public sealed record DeviceTokenClaims(DeviceId Device, string Thumbprint, DeviceTokenScope Scope, DateTimeOffset Expires);

/// <summary>What became of reading a token: claims, or why not.</summary>
/// <param name="Claims">What it says; null when it is refused.</param>
/// <param name="Problem">Why it is refused; null when it is good.</param>
public readonly record struct DeviceTokenVerdict(DeviceTokenClaims? Claims, Problem? Problem);
