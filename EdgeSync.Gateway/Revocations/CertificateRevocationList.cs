using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.Gateway;

/// <summary>A list of revoked certificates as a CA publishes it (RFC 5280, 5), complete ones only.</summary>
/// <param name="NextUpdate">When another should be there.</param>
/// <param name="Revoked">What it revokes.</param>
internal sealed record CertificateRevocationList(DateTimeOffset NextUpdate, IReadOnlyList<IssuedSerial> Revoked)
{
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>Reads a list and checks its signature.</summary>
    /// <param name="der">DER.</param>
    /// <param name="authorities">The fleet's CAs.</param>
    /// <exception cref="CryptographicException">It is no such list, or no CA of the fleet has signed it; the message is the end of a sentence that begins with the list.</exception>
    public static CertificateRevocationList Read(ReadOnlyMemory<byte> der, IReadOnlyCollection<X509Certificate2> authorities)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            var signed = outer.PeekEncodedValue();
            var body = outer.ReadSequence();
            var algorithm = ReadAlgorithm(outer);
            var signature = outer.ReadBitString(out _);
            if (body.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
            {
                body.ReadInteger();
            }

            if (ReadAlgorithm(body) != algorithm)
            {
                throw new CryptographicException("names two signature algorithms.");
            }

            var issuer = body.ReadEncodedValue();
            if (!authorities.Any(authority => authority.SubjectName.RawData.AsSpan().SequenceEqual(issuer.Span) && MaySign(authority) && Verifies(authority, algorithm, signed, signature)))
            {
                throw new CryptographicException("is not signed by a CA in Gateway:FleetCaPath that may sign such lists.");
            }

            ReadTime(body);
            if (!body.HasData || !IsTime(body.PeekTag()))
            {
                throw new CryptographicException("does not say when the next one is due (nextUpdate).");
            }

            var nextUpdate = ReadTime(body);
            IssuedSerial[] revoked = body.HasData && body.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? [.. ReadEntries(body.ReadSequence(), issuer)] : [];
            RefuseUnknownExtensions(body);
            return new CertificateRevocationList(nextUpdate, revoked);
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException($"cannot be read ({e.Message}).", e);
        }
    }

    private static bool MaySign(X509Certificate2 authority) =>
        authority.Extensions.OfType<X509KeyUsageExtension>().All(usage => usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign));

    private static bool Verifies(X509Certificate2 authority, string algorithm, ReadOnlyMemory<byte> signed, byte[] signature)
    {
        var (isEcdsa, hash) = algorithm switch
        {
            "1.2.840.10045.4.3.2" => (true, HashAlgorithmName.SHA256),
            "1.2.840.10045.4.3.3" => (true, HashAlgorithmName.SHA384),
            "1.2.840.10045.4.3.4" => (true, HashAlgorithmName.SHA512),
            "1.2.840.113549.1.1.11" => (false, HashAlgorithmName.SHA256),
            "1.2.840.113549.1.1.12" => (false, HashAlgorithmName.SHA384),
            "1.2.840.113549.1.1.13" => (false, HashAlgorithmName.SHA512),
            _ => throw new CryptographicException($"is signed by algorithm {algorithm}; ECDSA and RSA (PKCS#1) with SHA-256, SHA-384 or SHA-512 are read."),
        };
        using var ecdsa = isEcdsa ? authority.GetECDsaPublicKey() : null;
        using var rsa = isEcdsa ? null : authority.GetRSAPublicKey();
        return ecdsa?.VerifyData(signed.Span, signature, hash, DSASignatureFormat.Rfc3279DerSequence)
            ?? rsa?.VerifyData(signed.Span, signature, hash, RSASignaturePadding.Pkcs1)
            ?? false;
    }

    private static string ReadAlgorithm(AsnReader reader) => reader.ReadSequence().ReadObjectIdentifier();

    private static bool IsTime(Asn1Tag tag) => tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static DateTimeOffset ReadTime(AsnReader reader) => reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static IEnumerable<IssuedSerial> ReadEntries(AsnReader entries, ReadOnlyMemory<byte> issuer)
    {
        while (entries.HasData)
        {
            yield return IssuedSerial.Of(issuer.Span, entries.ReadSequence().ReadIntegerBytes().Span);
        }
    }

    // A list of changes, of some reasons or of other issuers says so in an extension that must be understood: read as a complete one it would be wrong.
    private static void RefuseUnknownExtensions(AsnReader body)
    {
        if (!body.HasData)
        {
            return;
        }

        var extensions = body.ReadSequence(ExtensionsTag).ReadSequence();
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean())
            {
                throw new CryptographicException($"has the critical extension {oid}; only complete lists are read.");
            }
        }
    }
}
