using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.Commands;

/// <summary>Reads what a device asks a certificate with. Nothing of it is used but its key: names, extensions and attributes are whatever the sender likes. Pure.</summary>
internal static class CertificateRequests
{
    /// <summary>Longest request that is read, in characters of PEM; one for P-384 has about 600.</summary>
    public const int CharsMax = 8 * 1024;

    /// <summary>The request's key.</summary>
    /// <param name="pem">PKCS#10 (RFC 2986), PEM.</param>
    /// <param name="error">What is wrong with it; null when there is a key.</param>
    public static PublicKey? ReadKey(string pem, out string? error)
    {
        error = Find(pem, out var key);
        return key;
    }

    private static string? Find(string pem, out PublicKey? key)
    {
        key = null;
        if (pem.Length > CharsMax)
        {
            return $"A certificate request has at most {CharsMax} characters.";
        }

        PublicKey asked;
        try
        {
            // The kind of key first: checking a signature of a kind that is refused anyway may cost much.
            asked = Load(pem, CertificateRequestLoadOptions.SkipSignatureValidation).PublicKey;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return "Send one PKCS#10 certificate request as PEM, from 'BEGIN CERTIFICATE REQUEST' on.";
        }

        if (!EcKeys.IsOn(asked, EcKeys.P256) && !EcKeys.IsOn(asked, EcKeys.P384))
        {
            return "Make the request with an ECDSA key on the named curve P-256 or P-384.";
        }

        try
        {
            Load(pem, CertificateRequestLoadOptions.Default);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException or PlatformNotSupportedException)
        {
            return "The request's signature is not by its key: nothing shows that the sender has it. Make the request anew.";
        }

        key = asked;
        return null;
    }

    private static CertificateRequest Load(string pem, CertificateRequestLoadOptions options) =>
        CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, options);
}
