using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.ServiceDefaults;

/// <summary>The public halves of EC P-256 keys as a JSON Web Key Set (RFC 7517; RFC 7518, 6.2): what <see cref="DeviceTokenOptions.KeySet"/> and <see cref="OperatorOptions.KeySet"/> name.</summary>
public static class PublicKeySet
{
    /// <summary>Its media type.</summary>
    public const string MediaType = "application/jwk-set+json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes a set.</summary>
    /// <param name="keys">Each with its key id.</param>
    public static string Write(IEnumerable<ECDsaSecurityKey> keys) => JsonSerializer.Serialize(new { Keys = keys.Select(Describe) }, Json);

    private static object Describe(ECDsaSecurityKey key)
    {
        var point = key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        return new
        {
            Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve,
            Crv = JsonWebKeyECTypes.P256,
            Use = JsonWebKeyUseNames.Sig,
            Alg = SecurityAlgorithms.EcdsaSha256,
            Kid = key.KeyId,
            X = Base64UrlEncoder.Encode(point.X),
            Y = Base64UrlEncoder.Encode(point.Y),
        };
    }
}
