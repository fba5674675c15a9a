using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>
/// How the device knows the gateway, and shows itself: TLS 1.3, a chain to the fleet's roots alone, the name of the address, and one of the pins where there are any.
/// </summary>
internal sealed class GatewayTls(X509Certificate2Collection roots, GatewayPins pins)
{
    /// <summary>Options of one connection.</summary>
    /// <param name="address">Whom it goes to.</param>
    /// <param name="credentials">What the device shows; null for none, to enrol.</param>
    public SslClientAuthenticationOptions Options(Uri address, DeviceCredentials? credentials) => new()
    {
        TargetHost = address.IdnHost,
        EnabledSslProtocols = SslProtocols.Tls13,
        CertificateChainPolicy = FleetTrust.Policy(roots),
        // Each connection shows its keys anew, so that pins and certificates take effect with the next one.
        AllowTlsResume = false,
        ClientCertificateContext = credentials is null
            ? null
            : SslStreamCertificateContext.Create(credentials.Certificate, credentials.Intermediates, offline: true),
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsGateway(certificate as X509Certificate2, chain, errors, isDevicePort: credentials is not null),
    };

    private bool IsGateway(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, bool isDevicePort)
    {
        var known = pins.Known;
        if (certificate is null)
        {
            return false;
        }

        if (errors != SslPolicyErrors.None && !(known.Count > 0 && IsOutsideItsTimeOnly(chain, errors)))
        {
            throw new ServerUntrustedException($"The certificate that the gateway shows is not trusted: {WhyUntrusted(chain, errors)}.");
        }

        var shown = PinSet.Of(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        if (known.Count > 0 && !known.Contains(shown))
        {
            throw new PinMismatchException($"The gateway shows the key {shown}, which is not among the pins of this device.");
        }

        if (isDevicePort)
        {
            pins.Saw(shown);
        }

        return true;
    }

    private static string WhyUntrusted(X509Chain? chain, SslPolicyErrors errors) => errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
        ? "it is for another name"
        : string.Join(", ", chain?.ChainStatus.Select(status => status.Status.ToString()) ?? [errors.ToString()]);

    // A pinned key is known whatever the time is: a device whose clock went wrong must get in to learn the time.
    private static bool IsOutsideItsTimeOnly(X509Chain? chain, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.RemoteCertificateChainErrors && chain is { ChainStatus.Length: > 0 }
        && chain.ChainStatus.All(status => status.Status == X509ChainStatusFlags.NotTimeValid);
}

/// <summary>The gateway's certificate is not one that the device accepts.</summary>
internal sealed class ServerUntrustedException(string message) : AuthenticationException(message);

/// <summary>The gateway's key is not one that the device accepts.</summary>
internal sealed class PinMismatchException(string message) : AuthenticationException(message);
