namespace EdgeSync.Protocol;

/// <summary>Answer to POST <see cref="Routes.Token"/>: what the device shows with every other request, over the same certificate only (RFC 8705).</summary>
/// <param name="Token">A JWT, ES256; for the header <c>Authorization: Bearer</c>.</param>
/// <param name="ExpiresInSeconds">How long it is valid from now on; counted by the device's running time, so that a wrong clock does no harm.</param>
public sealed record DeviceToken(string Token, int ExpiresInSeconds);

/// <summary>POST <see cref="Routes.EnrolmentTokens"/>: lets devices enrol.</summary>
/// <param name="Devices">How many devices it lets in, 1 to 100,000.</param>
/// <param name="ExpiresInSeconds">How long it is valid, 60 s to 90 days.</param>
/// <param name="Labels">Labels of every device that enrols with it; absent for none.</param>
/// <param name="Device">The one device it is for: also one that has enrolled before, whose certificate was lost or has expired. Absent for new devices.</param>
public sealed record CreateEnrolmentToken(int Devices, long ExpiresInSeconds, Dictionary<string, string>? Labels = null, DeviceId? Device = null);

/// <summary>An enrolment token, as operators see it: never the secret.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Devices">How many devices it lets in.</param>
/// <param name="Used">How many have enrolled with it.</param>
/// <param name="CreatedAt">Microseconds since 1970.</param>
/// <param name="ExpiresAt">Microseconds since 1970.</param>
/// <param name="Labels">Labels of every device that enrols with it.</param>
/// <param name="Device">The one device it is for; absent for new devices.</param>
/// <param name="Revoked">Whether an operator has revoked it.</param>
public sealed record EnrolmentTokenView(
    string Id, int Devices, int Used, long CreatedAt, long ExpiresAt, Dictionary<string, string> Labels, DeviceId? Device = null, bool Revoked = false);

/// <summary>A new enrolment token; the secret is shown this once.</summary>
/// <param name="Secret">What a device enrols with.</param>
/// <param name="Token">What operators see of it from now on.</param>
public sealed record EnrolmentTokenCreated(string Secret, EnrolmentTokenView Token);

/// <summary>POST <see cref="Routes.Enrolment"/>: a device's first certificate, or another one for a device whose token names it. The same request again gets another certificate and uses nothing up.</summary>
/// <param name="Secret">The enrolment token's secret.</param>
/// <param name="Device">The identity that the device has chosen.</param>
/// <param name="CertificateRequest">PKCS#10, PEM, ECDSA P-256 or P-384: its signature proves that the device has the key. Its names are ignored.</param>
/// <param name="Name">A name for people, at most 128 characters; absent: the device id.</param>
public sealed record EnrolmentRequest(string Secret, DeviceId Device, string CertificateRequest, string? Name = null);

/// <summary>POST <see cref="Routes.Certificates"/>, over the certificate that is to be renewed, which may have expired lately.</summary>
/// <param name="CertificateRequest">PKCS#10, PEM, ECDSA P-256 or P-384, of the same key or a new one.</param>
public sealed record RenewalRequest(string CertificateRequest);

/// <summary>A device's certificate.</summary>
/// <param name="Certificate">PEM: the device's certificate, then the intermediates.</param>
/// <param name="Pins">The gateway's keys, a <see cref="SignedConfig"/> of key <see cref="PinSet.ConfigKey"/> as a <see cref="FleetStatement"/>; absent where none are configured.</param>
public sealed record IssuedCertificate(string Certificate, string? Pins = null);

/// <summary>A certificate that was issued for a device.</summary>
/// <param name="Fingerprint">SHA-256 of the certificate, lower-case hex.</param>
/// <param name="IssuedAt">Microseconds since 1970.</param>
/// <param name="NotAfter">Microseconds since 1970.</param>
/// <param name="RevokedAt">Microseconds since 1970; absent when it is not revoked.</param>
/// <param name="Reason">Why it was revoked.</param>
public sealed record DeviceCertificateView(string Fingerprint, long IssuedAt, long NotAfter, long? RevokedAt = null, string? Reason = null);

/// <summary>POST <see cref="Routes.DeviceCertificateRevocation"/>.</summary>
/// <param name="Reason">Why, for people; at most 256 characters.</param>
public sealed record RevokeCertificate(string Reason);

/// <summary>PUT <see cref="Routes.DeviceState"/>.</summary>
/// <param name="State">What the device may do from now on. <see cref="DeviceState.Quarantined"/> is the control plane's to set; <see cref="DeviceState.Active"/> ends it.</param>
/// <param name="Reason">Why, for people; at most 256 characters.</param>
public sealed record DeviceStateChange(DeviceState State, string Reason);

/// <summary>Who may not enter, from Commands to every gateway, as a <see cref="FleetStatement"/> of type <see cref="StatementType"/>.</summary>
/// <param name="Version">Grows with every change.</param>
/// <param name="Devices">Devices that may not enter; null when nothing has changed since the version that was asked about.</param>
/// <param name="Certificates">Fingerprints (SHA-256, lower-case hex) of revoked certificates that have not expired; null as above.</param>
public sealed record RevocationList(long Version, IReadOnlyList<RefusedDevice>? Devices = null, IReadOnlyList<string>? Certificates = null)
{
    /// <summary>The statement's type.</summary>
    public const string StatementType = "edgesync-revocations+jws";
}

/// <summary>A device that may not enter.</summary>
/// <param name="Device">Which.</param>
/// <param name="State">Why: <see cref="DeviceState.Disabled"/> or <see cref="DeviceState.Quarantined"/>.</param>
public sealed record RefusedDevice(DeviceId Device, DeviceState State);
