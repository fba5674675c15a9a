using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace EdgeSync.Protocol.Tests;

public sealed class FleetStatementTests : IDisposable
{
    private const string DocumentSigning = FleetStatement.SignerUsage;
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Payload = """{"version":"7"}"""u8.ToArray();

    private readonly X509Certificate2 _root = Authority("root");
    private readonly X509Certificate2 _otherRoot = Authority("root");

    [Fact]
    public void What_the_fleet_signed_is_read_with_its_time()
    {
        var content = Read(Sign(Signer(_root)));

        Assert.Equal(Payload, content!.Payload.ToArray());
        Assert.Equal(Now, content.SignedAt);
    }

    [Fact]
    public void It_is_read_when_the_signers_certificate_has_long_expired() =>
        Assert.NotNull(Read(Sign(Signer(_root, until: Now.AddHours(1)))));

    [Fact]
    public void What_is_signed_for_every_device_is_read_as_it_was_written()
    {
        var config = new SignedConfig(null, PinSet.ConfigKey, new JsonValue("{}"));

        Assert.Equal(config, JsonSerializer.Deserialize(JsonSerializer.Serialize(config, ProtocolJson.Default.SignedConfig), ProtocolJson.Default.SignedConfig));
    }

    public static TheoryData<string> Wrong => ["another type", "another root", "no usage", "usage of a client", "signed after the certificate's time", "payload changed", "header changed", "alg none", "no signature", "two parts", "empty", "no base64"];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Nothing_else_is(string wrong)
    {
        var good = Sign(Signer(_root));
        var parts = good.Split('.');
        var (statement, type) = wrong switch
        {
            "another type" => (good, "edgesync-other+jws"),
            "another root" => (Sign(Signer(_otherRoot)), RevocationList.StatementType),
            "no usage" => (Sign(Signer(_root, usage: null)), RevocationList.StatementType),
            "usage of a client" => (Sign(Signer(_root, usage: ClientAuthentication)), RevocationList.StatementType),
            "signed after the certificate's time" => (Sign(Signer(_root, until: Now.AddHours(-1))), RevocationList.StatementType),
            "payload changed" => ($"{parts[0]}.{Base64Url.EncodeToString("""{"version":"8"}"""u8)}.{parts[2]}", RevocationList.StatementType),
            "header changed" => ($"{Changed(parts[0], "\"iat\":1", "\"iat\":2")}.{parts[1]}.{parts[2]}", RevocationList.StatementType),
            "alg none" => ($"{Changed(parts[0], "ES256", "none")}.{parts[1]}.", RevocationList.StatementType),
            "no signature" => ($"{parts[0]}.{parts[1]}.", RevocationList.StatementType),
            "two parts" => ($"{parts[0]}.{parts[1]}", RevocationList.StatementType),
            "empty" => ("", RevocationList.StatementType),
            _ => ("###.###.###", RevocationList.StatementType),
        };

        Assert.Null(FleetStatement.Read(statement, type, [_root]));
    }

    [Theory]
    [InlineData("sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true)]
    [InlineData("sha256/AAAA", false)]
    [InlineData("sha256/", false)]
    [InlineData("md5/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false)]
    [InlineData("sha256/no base64", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_pin_is_the_hash_of_a_key(string? text, bool isPin) => Assert.Equal(isPin, PinSet.IsPin(text));

    public void Dispose()
    {
        _root.Dispose();
        _otherRoot.Dispose();
    }

    private StatementContent? Read(string statement) => FleetStatement.Read(statement, RevocationList.StatementType, [_root]);

    private static string Sign(X509Certificate2 signer) => FleetStatement.Sign(RevocationList.StatementType, Payload, signer, [], Now);

    private static string Changed(string part, string from, string to) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(part)).Replace(from, to, StringComparison.Ordinal)));

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(1));
    }

    private static X509Certificate2 Signer(X509Certificate2 issuer, string? usage = DocumentSigning, DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=signer", key, HashAlgorithmName.SHA256);
        if (usage is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        }

        using var signed = request.Create(issuer, Now.AddDays(-1), until ?? Now.AddDays(1), [1, 2, 3]);
        return signed.CopyWithPrivateKey(key);
    }
}
