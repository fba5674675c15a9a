using System.Data;
using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Lets devices in: token, registration and certificate in one transaction.</summary>
internal sealed class EnrolmentStore(ControlPlaneDatabase database)
{
    /// <summary>
    /// Enrols a device that the decision lets in, and records its certificate; the problem otherwise. The token's row is the lock of its enrolments and the device's row that of the device, taken in this
    /// order before anything is read that they guard, so that READ COMMITTED is enough: a thousand devices with one token wait for each other, and none is run again.
    /// </summary>
    public Task<Problem?> EnrolAsync(DeviceId device, Digest secretHash, string name, NewCertificate certificate, long now, CancellationToken ct) =>
        database.WriteOnceAsync(
            IsolationLevel.ReadCommitted,
            async transaction =>
            {
                var token = await EnrolmentTokenStore.LockAsync(transaction, secretHash);
                var state = await DeviceStore.LockAsync(transaction, device);
                var decision = await DecideAsync(transaction, device, token, state, certificate, now);
                if (decision.Refusal is null && state is null && !await DeviceStore.AddAsync(transaction, device, name, token!.Labels, now))
                {
                    // Another token has let it in meanwhile.
                    state = await DeviceStore.LockAsync(transaction, device);
                    decision = await DecideAsync(transaction, device, token, state, certificate, now);
                }

                if (decision.Refusal is { } refusal)
                {
                    return new Written<Problem?>(refusal, null);
                }

                if (!decision.IsRepeat)
                {
                    await EnrolmentTokenStore.UseAsync(transaction, token!.TokenId);
                }

                await CertificateStore.AddAsync(transaction, device, certificate, token!.TokenId, now);
                return new Written<Problem?>(null, transaction => CertificateStore.ExistsAsync(transaction, device, certificate.Fingerprint));
            },
            ct);

    /// <summary>Records a renewed certificate of an active device; the problem where it may not have one.</summary>
    public Task<Problem?> RenewAsync(DeviceId device, NewCertificate certificate, long now, CancellationToken ct) =>
        database.WriteOnceAsync(
            IsolationLevel.ReadCommitted,
            async transaction =>
            {
                var state = await DeviceStore.LockAsync(transaction, device);
                var known = await CertificateStore.CountAsync(transaction, device, certificate.KeyHash, tokenId: null);
                var refusal = ActiveDeviceExtensions.Refusal(device, state)
                    ?? (known.OfKeyRevoked > 0 ? ProblemTypes.CertificateRevoked.With("A certificate of this key was revoked. Renew with a new key, over a certificate that was not.") : null);
                if (refusal is not null)
                {
                    return new Written<Problem?>(refusal, null);
                }

                await CertificateStore.AddAsync(transaction, device, certificate, tokenId: null, now);
                return new Written<Problem?>(null, transaction => CertificateStore.ExistsAsync(transaction, device, certificate.Fingerprint));
            },
            ct);

    private static async Task<EnrolmentDecision> DecideAsync(
        DbTransaction transaction, DeviceId device, EnrolmentTokenRow? token, DeviceState? state, NewCertificate certificate, long now)
    {
        var known = await CertificateStore.CountAsync(transaction, device, certificate.KeyHash, token?.TokenId);
        return EnrolmentDecision.Decide(device, token, known with { State = state }, now);
    }
}

/// <summary>A certificate that is about to be recorded.</summary>
/// <param name="Fingerprint">SHA-256 of the certificate.</param>
/// <param name="KeyHash">SHA-256 of its key's SubjectPublicKeyInfo.</param>
/// <param name="NotAfter">Microseconds since 1970.</param>
internal sealed record NewCertificate(Digest Fingerprint, Digest KeyHash, long NotAfter);
