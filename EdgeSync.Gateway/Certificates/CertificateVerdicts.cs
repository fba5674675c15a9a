using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>Remembers what certificates say, bounded, because building a chain costs about 200 us and devices come back.</summary>
internal sealed class CertificateVerdicts(FleetCertificates trusted, IOptions<GatewayOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly Generations<Digest, Verdict> _known = new(options.Value.VerdictsMax);

    public int Count => _known.Count;

    /// <summary>What the certificate says; null when it is not of this fleet. That is not remembered: whoever sends such certificates pays for each.</summary>
    public DeviceCertificate? Of(X509Certificate2 certificate, X509Certificate2Collection sent)
    {
        var key = new Digest(certificate.GetCertHash(HashAlgorithmName.SHA256));
        var now = time.GetUtcNow();
        if (_known.TryGet(key, out var known) && known.Expires > now)
        {
            return known.Certificate;
        }

        var read = CertificateRules.Read(certificate, sent, trusted, now);
        if (read is not null)
        {
            _known.Add(key, new Verdict(read, now + Lifetime));
        }

        return read;
    }

    private sealed record Verdict(DeviceCertificate Certificate, DateTimeOffset Expires);
}
