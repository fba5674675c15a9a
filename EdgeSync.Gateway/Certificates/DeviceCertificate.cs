using System.Buffers.Text;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>What a client certificate of the fleet's CA says. Whether it is valid now is asked for every request: a connection may outlive its certificate.</summary>
/// <param name="Fingerprint">SHA-256 of the certificate.</param>
/// <param name="Device">The one device it names; null when it names none or several.</param>
/// <param name="IsForClients">Whether its key may authenticate a client.</param>
/// <param name="ValidFrom">From when it and every issuer above it are valid.</param>
/// <param name="ValidUntil">Until when it and every issuer above it are valid.</param>
/// <param name="Serials">How lists of revoked certificates name it and the intermediates above it.</param>
internal sealed record DeviceCertificate(
    Digest Fingerprint, DeviceId? Device, bool IsForClients, DateTimeOffset ValidFrom, DateTimeOffset ValidUntil, IReadOnlyList<IssuedSerial> Serials)
{
    /// <summary>What binds a token to it (RFC 8705, <c>x5t#S256</c>).</summary>
    public string Thumbprint { get; } = Base64Url.EncodeToString(Fingerprint.ToArray());

    /// <summary>Why a device with this certificate may not enter at <paramref name="now"/>; null when it may.</summary>
    /// <param name="now">By the gateway's clock.</param>
    /// <param name="skew">By how much its time is stretched at both ends.</param>
    /// <param name="grace">For how long after its end it is still good, besides.</param>
    public Problem? Refuse(DateTimeOffset now, TimeSpan skew, TimeSpan grace) => this switch
    {
        { IsForClients: false } => ProblemTypes.CertificateInvalid.With(
            "The certificate's key usage does not allow client authentication. Issue one with extended key usage clientAuth and key usage digitalSignature."),
        { Device: null } => ProblemTypes.CertificateInvalid.With(
            $"The certificate must name exactly one device, as the URI {new DeviceId(Guid.Empty).ToUri().Replace(Guid.Empty.ToString(), "UUID", StringComparison.Ordinal)} in its subject alternative name."),
        _ when now + skew < ValidFrom => ProblemTypes.CertificateExpired.With(
            $"The certificate or its issuer is valid only from {ValidFrom:O}; it is {now:O} here. Correct the issuer's clock, or wait."),
        _ when now - skew - grace > ValidUntil => ProblemTypes.CertificateExpired.With(
            $"The certificate or its issuer was valid until {ValidUntil:O}; it is {now:O} here. Renew it with POST {Routes.Certificates} soon after its end; later, enrol again."),
        _ => null,
    };
}
