using System.Security.Cryptography;
using EdgeSync.ServiceDefaults;
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
        return PublicKeySet.Write([new ECDsaSecurityKey(key) { KeyId = KeyId }]);
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
