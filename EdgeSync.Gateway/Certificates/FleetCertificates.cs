using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>The certificates that devices' ones must end in, loaded once.</summary>
internal sealed class FleetCertificates
{
    public FleetCertificates(IOptions<GatewayOptions> options)
    {
        (Roots, Intermediates) = CertificateFiles.LoadFleet(options.Value.FleetCaPath);
        EndsAt = Roots.Concat(Intermediates).Min(certificate => new DateTimeOffset(certificate.NotAfter));
    }

    public X509Certificate2Collection Roots { get; }

    public X509Certificate2Collection Intermediates { get; }

    /// <summary>When the first of them ends.</summary>
    public DateTimeOffset EndsAt { get; }
}
