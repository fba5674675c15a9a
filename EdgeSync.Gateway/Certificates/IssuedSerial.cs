using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>A certificate as its issuer's list of revoked certificates names it: the issuer and a serial number, hashed to one size.</summary>
/// <param name="Value">SHA-256 over the issuer's hash and the serial number.</param>
internal readonly record struct IssuedSerial(Digest Value)
{
    /// <summary>Of a certificate.</summary>
    public static IssuedSerial Of(X509Certificate2 certificate) => Of(certificate.IssuerName.RawData, certificate.SerialNumberBytes.Span);

    /// <summary>Of an entry in a list.</summary>
    /// <param name="issuer">The issuer's name, DER.</param>
    /// <param name="serial">Big-endian, as DER writes it.</param>
    public static IssuedSerial Of(ReadOnlySpan<byte> issuer, ReadOnlySpan<byte> serial)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(issuer));
        // One number may be written with leading zeros and without.
        hash.AppendData(serial.TrimStart((byte)0));
        return new IssuedSerial(new Digest(hash.GetHashAndReset()));
    }
}
