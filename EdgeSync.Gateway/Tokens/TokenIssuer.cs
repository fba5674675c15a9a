using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.Gateway;

/// <summary>Makes devices' tokens: ES256, bound to the certificate of the connection (RFC 8705).</summary>
internal sealed class TokenIssuer(
    SigningKeys keys, IOptions<TokenOptions> tokens, IOptions<DeviceTokenOptions> common, IOptions<GatewayOptions> gateway, TimeProvider time)
{
    private static readonly TimeSpan RenewalLifetime = TimeSpan.FromMinutes(1);

    // What is not said in the descriptor is not said in the token: devices' clocks would stumble over nbf.
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>What a device shows with its requests: until its own end or the certificate's, whichever is first.</summary>
    /// <param name="certificate">Names a device.</param>
    public DeviceToken ForDevice(DeviceCertificate certificate)
    {
        var now = time.GetUtcNow();
        var certificateEnd = certificate.ValidUntil + gateway.Value.CertificateSkew;
        var end = now + tokens.Value.Lifetime;
        var seconds = Math.Max(1, (int)((end < certificateEnd ? end : certificateEnd) - now).TotalSeconds);
        return new DeviceToken(Sign(certificate, DeviceTokenScope.Device, now, TimeSpan.FromSeconds(seconds)), seconds);
    }

    /// <summary>What the gateway sets for one request for a new certificate.</summary>
    /// <param name="certificate">Names a device; may have expired lately.</param>
    public string ForRenewal(DeviceCertificate certificate) => Sign(certificate, DeviceTokenScope.Renewal, time.GetUtcNow(), RenewalLifetime);

    private string Sign(DeviceCertificate certificate, DeviceTokenScope scope, DateTimeOffset now, TimeSpan lifetime) => Handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = common.Value.Issuer,
        Audience = common.Value.Audience,
        IssuedAt = now.UtcDateTime,
        // Times in tokens are whole seconds, cut off: the device is told a time that has not passed before the token's.
        Expires = (now + lifetime).AddSeconds(1).UtcDateTime,
        Claims = new Dictionary<string, object>
        {
            ["sub"] = certificate.Device!.Value.ToString(),
            [DeviceTokenReader.ScopeClaim] = Words.Of(scope),
            [DeviceTokenReader.ConfirmationClaim] = new Dictionary<string, string> { [DeviceTokenReader.ThumbprintMember] = certificate.Thumbprint },
        },
        SigningCredentials = keys.Signing,
    });
}
