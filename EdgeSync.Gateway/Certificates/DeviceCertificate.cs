using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>What a client certificate of the fleet's CA says. Whether it is valid now is asked for every request: a connection may outlive its certificate.</summary>
/// <param name="Device">The one device it names; null when it names none or several.</param>
/// <param name="IsForClients">Whether its key may authenticate a client.</param>
/// <param name="ValidFrom">From when it and every issuer above it are valid.</param>
/// <param name="ValidUntil">Until when it and every issuer above it are valid.</param>
internal sealed record DeviceCertificate(DeviceId? Device, bool IsForClients, DateTimeOffset ValidFrom, DateTimeOffset ValidUntil)
{
    /// <summary>Why a device with this certificate may not enter at <paramref name="now"/>; null when it may.</summary>
    public Problem? Refuse(DateTimeOffset now) => this switch
    {
        { IsForClients: false } => ProblemTypes.CertificateInvalid.With(
            "The certificate's key usage does not allow client authentication. Issue one with extended key usage clientAuth and key usage digitalSignature."),
        { Device: null } => ProblemTypes.CertificateInvalid.With(
            $"The certificate must name exactly one device, as the URI {new DeviceId(Guid.Empty).ToUri().Replace(Guid.Empty.ToString(), "UUID", StringComparison.Ordinal)} in its subject alternative name."),
        _ when now < ValidFrom => ProblemTypes.CertificateExpired.With(
            $"The certificate or its issuer is valid only from {ValidFrom:O}; it is {now:O} here. Correct the issuer's clock, or wait."),
        _ when now > ValidUntil => ProblemTypes.CertificateExpired.With(
            $"The certificate or its issuer was valid until {ValidUntil:O}; it is {now:O} here. Renew it."),
        _ => null,
    };
}
