using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Issues a certificate and hands it out once it is recorded, with the gateway's pins.</summary>
internal sealed class CertificateDesk(FleetAuthority authority, ConfigStore configuration)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Signs, then records, then answers. The certificate is made before the transaction, which may run more than once, and one that the transaction refuses is never seen by anybody.
    /// </summary>
    /// <param name="device">For whom.</param>
    /// <param name="key">Its key.</param>
    /// <param name="now">When.</param>
    /// <param name="record">Records it, or says why it is not to be had.</param>
    /// <param name="issued">Called when it was recorded.</param>
    /// <param name="ct">Ends waiting for the database.</param>
    public async Task<Results<Ok<IssuedCertificate>, ProblemResult>> IssueAsync(
        DeviceId device, PublicKey key, DateTimeOffset now, Func<NewCertificate, Task<Problem?>> record, Action issued, CancellationToken ct)
    {
        if (authority.Issuer is not { } issuer)
        {
            return ProblemTypes.EnrolmentRefused.With("This control plane issues no certificates: the fleet's issuing CA is elsewhere. Ask whoever runs it.").ToResult();
        }

        using var certificate = issuer.Issue(device, key, now);
        if (certificate is null)
        {
            return ProblemTypes.Unavailable.With("The time of the fleet's issuing CA is over; an operator sets another one. Send the same again later.").ToResult(RetryAfter);
        }

        var recorded = new NewCertificate(
            new Digest(SHA256.HashData(certificate.RawData)),
            new Digest(SHA256.HashData(key.ExportSubjectPublicKeyInfo())),
            Microseconds.From(new DateTimeOffset(certificate.NotAfter.ToUniversalTime())));
        if (await record(recorded) is { } refusal)
        {
            return refusal.ToResult();
        }

        issued();
        return TypedResults.Ok(new IssuedCertificate(issuer.ToPem(certificate), await PinsAsync(device, ct)));
    }

    // What an operator has written for this one device is newer than what all devices are told.
    private async Task<string?> PinsAsync(DeviceId device, CancellationToken ct) =>
        SignedConfig.Carried((await configuration.FindAsync(device, PinSet.ConfigKey, ct))?.Entry.Value) ?? authority.SignPins();
}
