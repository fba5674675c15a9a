using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.EdgeSimulator;

/// <summary>Tokens of operators for development, in place of an OpenID Connect provider's.</summary>
internal static class OperatorTokens
{
    public const string Issuer = "edgesync-development";
    public const string Audience = "edgesync";

    private const string KeyId = "development";

    /// <summary>The public half of a key as a JSON Web Key Set (RFC 7517).</summary>
    /// <param name="privateKey">PEM.</param>
    public static string KeySet(string privateKey)
    {
        using var key = Read(privateKey);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return JsonSerializer.Serialize(
            new PublicKeys([new PublicKey("EC", "P-256", "sig", SecurityAlgorithms.EcdsaSha256, KeyId, Base64UrlEncoder.Encode(point.X), Base64UrlEncoder.Encode(point.Y))]),
            SimulatorJson.Default.PublicKeys);
    }

    /// <summary>A token with these roles, valid from now on.</summary>
    public static string Sign(string privateKey, IReadOnlyList<string> roles, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = Read(privateKey);
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + lifetime).UtcDateTime,
            Claims = new Dictionary<string, object> { ["sub"] = "developer", ["roles"] = roles.ToArray() },
            // A provider kept by the library would outlive the key.
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = KeyId, CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } }, SecurityAlgorithms.EcdsaSha256),
        });
    }

    private static ECDsa Read(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key;
    }
}

internal sealed record PublicKeys(IReadOnlyList<PublicKey> Keys);

internal sealed record PublicKey(string Kty, string Crv, string Use, string Alg, string Kid, string X, string Y);
