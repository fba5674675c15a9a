using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.Protocol;

/// <summary>Trust in the fleet's own CA and in nothing else: the gateway's in devices, devices' in the gateway, everyone's in statements.</summary>
public static class FleetTrust
{
    /// <summary>The extended key usage of a device's certificate.</summary>
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>A chain that ends in one of these roots. The system's store is never asked, and nothing is fetched: who is revoked comes as a statement.</summary>
    public static X509ChainPolicy Policy(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }
}
