using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.Commands;

/// <summary>Which curve an elliptic key is on, by the name that it carries: a key that writes a curve's parameters out is on none of them.</summary>
internal static class EcKeys
{
    private const string EllipticKey = "1.2.840.10045.2.1";

    /// <summary>DER of the object identifier of P-256 (secp256r1).</summary>
    public static ReadOnlySpan<byte> P256 => [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

    /// <summary>DER of the object identifier of P-384 (secp384r1).</summary>
    public static ReadOnlySpan<byte> P384 => [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

    public static bool IsOn(PublicKey key, ReadOnlySpan<byte> curve) =>
        key.Oid.Value == EllipticKey && key.EncodedParameters is { } named && named.RawData.AsSpan().SequenceEqual(curve);
}
