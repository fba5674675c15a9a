using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeSync.Testing;

namespace EdgeSync.Gateway.Tests;

/// <summary>Makes tokens of any kind, good ones too: a good one shows that a forged one differs from it in nothing but what its test says.</summary>
internal sealed record TokenForge
{
    public string Algorithm { get; init; } = "ES256";

    public string KeyId { get; init; } = GatewayFixture.SigningKey;

    public string Issuer { get; init; } = TestTokens.DeviceIssuer;

    public string Audience { get; init; } = TestTokens.Audience;

    public required string Device { get; init; }

    public required string Thumbprint { get; init; }

    public string Scope { get; init; } = "device";

    public DateTimeOffset Expires { get; init; } = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Of a certificate, as a token names it.</summary>
    public static string ThumbprintOf(ReadOnlySpan<byte> certificate) => Base64Url.EncodeToString(SHA256.HashData(certificate));

    /// <summary>Signed by the key of a PEM file.</summary>
    public string Sign(string keyPath)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(keyPath));
        return Sign(text => key.SignData(text, HashAlgorithmName.SHA256));
    }

    public string Sign(Func<byte[], byte[]> sign)
    {
        var header = Encode(new Dictionary<string, object> { ["alg"] = Algorithm, ["typ"] = "JWT", ["kid"] = KeyId });
        var payload = Encode(new Dictionary<string, object>
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["sub"] = Device,
            ["iat"] = 1_700_000_000,
            ["exp"] = Expires.ToUnixTimeSeconds(),
            ["scope"] = Scope,
            ["cnf"] = new Dictionary<string, string> { ["x5t#S256"] = Thumbprint },
        });
        return $"{header}.{payload}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes($"{header}.{payload}")))}";
    }

    private static string Encode(Dictionary<string, object> part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
