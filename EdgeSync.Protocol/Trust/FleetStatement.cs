using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeSync.Protocol;

/// <summary>
/// Something that the fleet says, and everyone who trusts its root can check: a compact JWS (RFC 7515), ES256, whose certificates (<c>x5c</c>) end in the fleet's root and whose signer
/// may sign statements (extended key usage documentSigning, RFC 9336). So a statement needs no key that was agreed upon before.
/// </summary>
public static class FleetStatement
{
    /// <summary>The extended key usage of a signer's certificate.</summary>
    public const string SignerUsage = "1.3.6.1.5.5.7.3.36";

    /// <summary>Longest statement that is read, in characters.</summary>
    public const int LengthMax = 8 * 1024 * 1024;

    private const string Algorithm = "ES256";
    private const int CertificatesMax = 4;

    /// <summary>Signs a statement.</summary>
    /// <param name="type">What it is, e.g. <see cref="RevocationList.StatementType"/>: a statement of one type never stands for another.</param>
    /// <param name="payload">What it says, JSON in UTF-8.</param>
    /// <param name="signer">Certificate with its ECDSA P-256 key.</param>
    /// <param name="intermediates">The certificates between it and the root.</param>
    /// <param name="signedAt">When, to the second.</param>
    public static string Sign(string type, ReadOnlySpan<byte> payload, X509Certificate2 signer, IEnumerable<X509Certificate2> intermediates, DateTimeOffset signedAt)
    {
        ArgumentNullException.ThrowIfNull(signer);
        using var key = signer.GetECDsaPrivateKey() ?? throw new ArgumentException("The signer's certificate has no ECDSA key.", nameof(signer));
        string[] chain = [.. intermediates.Prepend(signer).Select(certificate => Convert.ToBase64String(certificate.RawData))];
        var header = JsonSerializer.SerializeToUtf8Bytes(new StatementHeader(Algorithm, type, signedAt.ToUnixTimeSeconds(), chain), StatementJson.Default.StatementHeader);
        var text = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        // ES256 signatures are r and s, 32 bytes each: what .NET makes by default.
        var signature = key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256);
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>Checks a statement.</summary>
    /// <param name="statement">As <see cref="Sign"/> made it.</param>
    /// <param name="type">The type that it must have.</param>
    /// <param name="roots">The fleet's roots.</param>
    /// <param name="usage">The extended key usage that the signer's certificate must name.</param>
    /// <returns>What it says; null when the fleet did not say it, or not as this type. Whether it is too old is the reader's to judge.</returns>
    public static StatementContent? Read(string statement, string type, X509Certificate2Collection roots, string usage = SignerUsage)
    {
        ArgumentNullException.ThrowIfNull(statement);
        ArgumentNullException.ThrowIfNull(roots);
        try
        {
            return statement.Length <= LengthMax && statement.Split('.') is [var header, var payload, var signature]
                ? Read(header, payload, signature, type, roots, usage)
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Whether a certificate names an extended key usage.</summary>
    public static bool IsFor(X509Certificate2 certificate, string usage)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(named => named.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == usage));
    }

    private static StatementContent? Read(string header, string payload, string signature, string type, X509Certificate2Collection roots, string usage)
    {
        var said = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(header), StatementJson.Default.StatementHeader);
        if (said is not { Alg: Algorithm, Certificates.Length: > 0 and <= CertificatesMax } || said.Typ != type)
        {
            return null;
        }

        var chain = said.Certificates.Select(text => X509CertificateLoader.LoadCertificate(Convert.FromBase64String(text))).ToList();
        try
        {
            var signedAt = DateTimeOffset.FromUnixTimeSeconds(said.SignedAt);
            using var key = chain[0].GetECDsaPublicKey();
            return key is not null
                && key.VerifyData(Encoding.ASCII.GetBytes($"{header}.{payload}"), Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256)
                && IsOfFleet(chain, roots, signedAt, usage)
                    ? new StatementContent(Base64Url.DecodeFromChars(payload), signedAt)
                    : null;
        }
        finally
        {
            chain.ForEach(certificate => certificate.Dispose());
        }
    }

    // Judged at the time it was signed: a device that was away for a year must still be able to check it, and its own clock may be wrong.
    private static bool IsOfFleet(List<X509Certificate2> certificates, X509Certificate2Collection roots, DateTimeOffset signedAt, string usage)
    {
        using var chain = new X509Chain { ChainPolicy = FleetTrust.Policy(roots) };
        chain.ChainPolicy.VerificationTime = signedAt.UtcDateTime;
        chain.ChainPolicy.ExtraStore.AddRange(certificates.Skip(1).ToArray());
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));
        // A certificate without extended key usage may do anything, as far as a chain goes: the signer's must name this one.
        return chain.Build(certificates[0]) && IsFor(certificates[0], usage);
    }
}

/// <summary>A checked statement.</summary>
/// <param name="Payload">What it says, JSON in UTF-8.</param>
/// <param name="SignedAt">When it was said, by the signer's clock.</param>
public sealed record StatementContent(ReadOnlyMemory<byte> Payload, DateTimeOffset SignedAt);

internal sealed record StatementHeader(
    string Alg, string Typ, [property: JsonPropertyName("iat")] long SignedAt, [property: JsonPropertyName("x5c")] string[] Certificates);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StatementHeader))]
internal sealed partial class StatementJson : JsonSerializerContext;
