using System.Security.Cryptography;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.EdgeSimulator;

/// <summary>The keys of tokens in all worlds of this process: real ones, which the services check as they always do. Only what is signed with them differs from run to run, and no world looks at it.</summary>
internal sealed class WorldKeys : IDeviceTokenKeys, IDisposable
{
    private const string KeyId = "world";
    private static readonly DateTimeOffset From = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly JsonWebTokenHandler Handler = new();

    private readonly ECDsaSecurityKey _device = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = KeyId };

    /// <param name="folder">Where files of keys are written.</param>
    public WorldKeys(string folder)
    {
        using var pki = DevelopmentPki.OpenOrCreate(Path.Combine(folder, "pki"), FirstDay.Time);
        Files = pki.Files;
        OperatorToken = OperatorTokens.Sign(File.ReadAllText(pki.Files.OperatorKey), [Access.FleetRead, Access.FleetWrite], From, Until - From);
    }

    /// <summary>The CA and the operators' key set.</summary>
    public PkiFiles Files { get; }

    /// <summary>An operator's token.</summary>
    public string OperatorToken { get; }

    /// <summary>A device's token, as the gateway would have made it.</summary>
    public string DeviceToken(DeviceId device) => Handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = new DeviceTokenOptions().Issuer,
        Audience = new DeviceTokenOptions().Audience,
        NotBefore = From.UtcDateTime,
        IssuedAt = From.UtcDateTime,
        Expires = Until.UtcDateTime,
        Claims = new Dictionary<string, object>
        {
            ["sub"] = device.ToString(),
            [DeviceTokenReader.ScopeClaim] = Words.Of(DeviceTokenScope.Device),
            [DeviceTokenReader.ConfirmationClaim] = new Dictionary<string, string> { [DeviceTokenReader.ThumbprintMember] = "world" },
        },
        SigningCredentials = new SigningCredentials(_device, SecurityAlgorithms.EcdsaSha256),
    });

    public ValueTask<IReadOnlyCollection<SecurityKey>?> GetAsync(string? keyId, CancellationToken ct) => new([_device]);

    public void Dispose() => _device.ECDsa.Dispose();
}
