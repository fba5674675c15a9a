using System.Security.Cryptography;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.Testing;

/// <summary>Good tokens of devices and operators for a service's tests, and the settings that make a service take them. The keys are made for this process alone.</summary>
public sealed class TestTokens
{
    public const string DeviceIssuer = "edgesync-gateway";
    public const string OperatorIssuer = "test-operators";
    public const string Audience = "edgesync";

    private static readonly DateTime LongAgo = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime FarAway = new(2100, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly JsonWebTokenHandler Handler = new();

    private readonly ECDsaSecurityKey _device = NewKey("device-1");
    private readonly ECDsaSecurityKey _operator = NewKey("operator-1");

    private TestTokens()
    {
        var folder = Directory.CreateTempSubdirectory("edgesync-tokens-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        Settings = new Dictionary<string, string?>
        {
            ["DeviceTokens:KeySet"] = Write(Path.Combine(folder, "devices.json"), _device),
            ["Operators:KeySet"] = Write(Path.Combine(folder, "operators.json"), _operator),
            ["Operators:Issuer"] = OperatorIssuer,
        };
    }

    public static TestTokens Shared { get; } = new();

    /// <summary>A service's settings.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; }

    /// <summary>A device's token, as the gateway would have made it.</summary>
    public string ForDevice(DeviceId device, DeviceTokenScope scope = DeviceTokenScope.Device, DateTime? expires = null) => Sign(_device, DeviceIssuer, expires, new Dictionary<string, object>
    {
        ["sub"] = device.ToString(),
        [DeviceTokenReader.ScopeClaim] = Words.Of(scope),
        [DeviceTokenReader.ConfirmationClaim] = new Dictionary<string, string> { [DeviceTokenReader.ThumbprintMember] = "certificate" },
    });

    /// <summary>An operator's token; without roles: both.</summary>
    public string ForOperator(params string[] roles) => Sign(_operator, OperatorIssuer, null, new Dictionary<string, object>
    {
        ["sub"] = "operator",
        ["roles"] = roles.Length == 0 ? new[] { Access.FleetRead, Access.FleetWrite } : roles,
    });

    /// <summary>The key of an issuer, for forging what is not quite a good token.</summary>
    public ECDsaSecurityKey KeyOf(string issuer) => issuer == DeviceIssuer ? _device : _operator;

    /// <summary>Writes a key as the gateway takes it: private, PKCS#8 in PEM.</summary>
    /// <param name="folder">The gateway's <c>SigningKeysPath</c>; made where it is missing.</param>
    /// <param name="id">The key's id, its file's name.</param>
    public static string WriteSigningKey(string folder, string id)
    {
        Directory.CreateDirectory(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var path = Path.Combine(folder, id + ".pem");
        File.WriteAllText(path, key.ExportPkcs8PrivateKeyPem());
        return path;
    }

    private static string Sign(SecurityKey key, string issuer, DateTime? expires, Dictionary<string, object> claims) => Handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = issuer,
        Audience = Audience,
        NotBefore = LongAgo,
        IssuedAt = LongAgo,
        Expires = expires ?? FarAway,
        Claims = claims,
        SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256),
    });

    private static ECDsaSecurityKey NewKey(string id) => new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = id };

    private static string Write(string path, ECDsaSecurityKey key)
    {
        File.WriteAllText(path, PublicKeySet.Write([key]));
        return path;
    }
}
