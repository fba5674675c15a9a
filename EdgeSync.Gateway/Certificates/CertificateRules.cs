using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>Reads a client certificate against the fleet's CA: an answer that depends on nothing but the certificates.</summary>
internal static class CertificateRules
{
    /// <summary>Not a reason to break the handshake: the device enters, and is told why it may not stay.</summary>
    private const X509ChainStatusFlags Explained = X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.NotValidForUsage;

    /// <summary>What the certificate says; null when its chain does not end in a root of the fleet.</summary>
    /// <param name="certificate">The client's certificate.</param>
    /// <param name="sent">Intermediates that the client sent with it.</param>
    /// <param name="trusted">The fleet's CA certificates.</param>
    /// <param name="now">Used to choose between issuers only.</param>
    public static DeviceCertificate? Read(
        X509Certificate2 certificate, X509Certificate2Collection sent, FleetCertificates trusted, DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(sent, trusted, now) };
        chain.Build(certificate);
        try
        {
            var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
            return (flags & ~Explained) == 0 ? Describe(certificate, chain, flags) : null;
        }
        finally
        {
            foreach (var element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    private static X509ChainPolicy Policy(X509Certificate2Collection sent, FleetCertificates trusted, DateTimeOffset now)
    {
        var policy = FleetTrust.Policy(trusted.Roots);
        policy.VerificationTime = now.UtcDateTime;
        policy.ExtraStore.AddRange(trusted.Intermediates);
        policy.ExtraStore.AddRange(sent);
        policy.ApplicationPolicy.Add(new Oid(FleetTrust.ClientAuthentication));
        return policy;
    }

    private static DeviceCertificate Describe(X509Certificate2 certificate, X509Chain chain, X509ChainStatusFlags flags)
    {
        DeviceId[] devices = [.. SubjectAlternativeNames.Uris(certificate).Select(uri => DeviceId.TryParseUri(uri, out var id) ? id : default).Where(id => id != default)];
        var mayBeClient = (flags & X509ChainStatusFlags.NotValidForUsage) == 0
            && certificate.Extensions.OfType<X509KeyUsageExtension>().All(usage => usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature));
        return new DeviceCertificate(
            new Digest(certificate.GetCertHash(HashAlgorithmName.SHA256)),
            devices is [var device] ? device : null,
            mayBeClient,
            chain.ChainElements.Max(element => new DateTimeOffset(element.Certificate.NotBefore)),
            chain.ChainElements.Min(element => new DateTimeOffset(element.Certificate.NotAfter)),
            // Not the root: nobody above it could revoke it.
            [.. chain.ChainElements.SkipLast(1).Select(element => IssuedSerial.Of(element.Certificate))]);
    }
}
