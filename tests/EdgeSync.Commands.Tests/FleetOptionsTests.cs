using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Commands.Tests;

/// <summary>What is wrong with the fleet's keys is said at start, a sentence each.</summary>
public sealed class FleetOptionsTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-fleet-options-");
    private readonly FakeTimeProvider _time = new(Now);

    [Fact]
    public void A_fleet_in_pem_or_pkcs12_or_a_signer_alone_is_taken()
    {
        var root = Make("root", null);
        var issuing = Make("issuing", root);
        var signer = Make("signer", issuing, isAuthority: false, usage: FleetStatement.SignerUsage);
        var pem = new FleetOptions { IssuingCertificatePath = Pem("ca.pem", issuing, root), IssuingKeyPath = Key("ca.key", issuing) };
        var alone = new FleetOptions { SignerCertificatePath = Pem("signer.pem", signer, issuing), SignerKeyPath = Key("signer.key", signer) };
        var pkcs12 = new FleetOptions { IssuingPkcs12Path = Pkcs12("ca.p12", "secret", issuing, root), IssuingPkcs12Password = "secret" };
        var rootAlone = new FleetOptions { IssuingCertificatePath = Pem("root.pem", root), IssuingKeyPath = Key("root.key", root) };

        Assert.All(new[] { pem, alone, pkcs12, rootAlone }, options =>
        {
            Assert.Empty(Errors(options));
            using var authority = Authority(options);
            Assert.Equal(options != alone, authority.Issuer is not null);
            Assert.NotNull(FleetStatement.Read(authority.Sign("test+jws", "{}"u8)!, "test+jws", [root]));
        });
    }

    [Fact]
    public void Each_fault_has_its_sentence()
    {
        var root = Make("root", null);
        var issuing = Make("issuing", root);
        var good = new FleetOptions { IssuingCertificatePath = Pem("ca.pem", issuing), IssuingKeyPath = Key("ca.key", issuing) };
        var signer = Make("signer", issuing, isAuthority: false, usage: FleetStatement.SignerUsage);
        System.IO.File.WriteAllText(File("empty.pem"), "nothing");

        AssertFault(new FleetOptions(), "or, where that is elsewhere, Fleet:SignerCertificatePath and Fleet:SignerKeyPath.");
        AssertFault(new FleetOptions { IssuingCertificatePath = good.IssuingCertificatePath }, "Set Fleet:IssuingKeyPath too");
        AssertFault(new FleetOptions { SignerKeyPath = good.IssuingKeyPath }, "Set Fleet:SignerCertificatePath too");
        AssertFault(new FleetOptions { IssuingCertificatePath = good.IssuingCertificatePath, IssuingKeyPath = good.IssuingKeyPath, IssuingPkcs12Path = "x.p12" }, "Set either Fleet:IssuingCertificatePath or Fleet:IssuingPkcs12Path");
        AssertFault(Pair(File("none.pem"), good.IssuingKeyPath), "Set Fleet:IssuingCertificatePath to a file that can be read");
        AssertFault(Pair(File("empty.pem"), good.IssuingKeyPath), "holds none.");
        AssertFault(Pair(good.IssuingCertificatePath, File("none.key")), "Set Fleet:IssuingKeyPath to a file that can be read");
        AssertFault(Pair(good.IssuingCertificatePath, File("empty.pem")), "Set Fleet:IssuingKeyPath to a file that can be read");
        AssertFault(Pair(good.IssuingCertificatePath, Key("other.key", root)), "Set Fleet:IssuingKeyPath to the key of the first certificate");
        AssertFault(new FleetOptions { IssuingPkcs12Path = Pkcs12("ca.p12", "secret", issuing), IssuingPkcs12Password = "wrong" }, "Set Fleet:IssuingPkcs12Path to a file that can be read and is PKCS#12, and its password right");
        AssertFault(new FleetOptions { IssuingPkcs12Path = Pkcs12("keyless.p12", "", X509CertificateLoader.LoadCertificate(issuing.RawData)) }, "holds 0.");
        AssertFault(Files("leaf", Make("leaf", root, isAuthority: false)), "is none (basic constraints)");
        AssertFault(Files("use", Make("use", root, keyUsage: X509KeyUsageFlags.CrlSign)), "may not (key usage)");
        AssertFault(Files("p521", Make("p521", root, curve: ECCurve.NamedCurves.nistP521)), "on P-256 or P-384");
        AssertFault(Files("eku", Make("eku", root, usage: FleetStatement.SignerUsage)), $"for certificates of usage {FleetTrust.ClientAuthentication}");
        AssertFault(Files("eku2", Make("eku2", root, usage: FleetTrust.ClientAuthentication)), $"for certificates of usage {FleetStatement.SignerUsage}");
        AssertFault(Files("old", Make("old", root, from: Now.AddDays(-9), until: Now.AddDays(-1))), "valid now");
        AssertFault(Files("young", Make("young", root, from: Now.AddDays(1))), "valid now");
        AssertFault(Files("disorder", issuing, Make("stranger", Make("strange root", null))), "in order, each followed by its issuer");
        AssertFault(Signing("plain", Make("plain", issuing, isAuthority: false)), "extended key usage documentSigning");
        AssertFault(Signing("p384", Make("p384", issuing, isAuthority: false, usage: FleetStatement.SignerUsage, curve: ECCurve.NamedCurves.nistP384)), "key on P-256;");
        AssertFault(Signing("late", Make("late", issuing, isAuthority: false, usage: FleetStatement.SignerUsage, until: Now.AddSeconds(-1))), "Set Fleet:SignerCertificatePath to certificates that are valid now");
        var (a, b) = (Make("a", root), Make("b", root));
        AssertFault(Files("deep", Make("deep", a), a, b, b), "at most 3 certificates below the root; there are 4");
        AssertFault(new FleetOptions { SignerCertificatePath = Pem("s.pem", signer), SignerKeyPath = Key("s.key", signer), CertificateLifetime = TimeSpan.FromSeconds(9) }, "Set Fleet:CertificateLifetime to a value from 00:00:10 to 825.00:00:00; it is 00:00:09.");
        AssertFault(new FleetOptions { SignerCertificatePath = Pem("s.pem", signer), SignerKeyPath = Key("s.key", signer), GatewayPins = ["sha256/AAAA"] }, "Set Fleet:GatewayPins:0 to 'sha256/'");
        AssertFault(new FleetOptions { SignerCertificatePath = Pem("s.pem", signer), SignerKeyPath = Key("s.key", signer), GatewayPins = [.. Enumerable.Range(0, 9).Select(i => PinSet.Of([(byte)i]))] }, "at most 8 pins; there are 9");
    }

    [Fact]
    public async Task A_service_without_a_fleet_does_not_start()
    {
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(
            () => CommandsHost.StartAsync(ContractDatabase.Sqlite, ("Fleet:IssuingCertificatePath", ""), ("Fleet:IssuingKeyPath", "")));

        Assert.Contains("Set Fleet:IssuingCertificatePath", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signer_is_made_anew_before_its_time_is_over_and_none_when_the_issuing_CAs_is()
    {
        var root = Make("root", null);
        using var authority = Authority(Files("ca", Make("issuing", root, until: Now.AddDays(300))));

        for (var day = 0; day < 299; day += 23)
        {
            Assert.NotNull(FleetStatement.Read(authority.Sign("test+jws", "{}"u8)!, "test+jws", [root]));
            _time.Advance(TimeSpan.FromDays(23));
        }

        Assert.Null(new CertificateIssuer(new KeyedChain(Make("issuing", root, until: Now.AddDays(1)), []), TimeSpan.FromDays(1)).MakeSigner(Now.AddDays(1)));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void AssertFault(FleetOptions options, string sentence) =>
        Assert.Contains(Errors(options), error => error.Contains(sentence, StringComparison.Ordinal) && error.EndsWith('.'));

    private IReadOnlyCollection<string> Errors(FleetOptions options) => [.. new FleetOptionsValidator(_time).Validate(null, options).Failures ?? []];

    private FleetAuthority Authority(FleetOptions options) =>
        new(Options.Create(options), _time, Microsoft.Extensions.Logging.Abstractions.NullLogger<FleetAuthority>.Instance);

    private static FleetOptions Pair(string certificate, string key) => new() { IssuingCertificatePath = certificate, IssuingKeyPath = key };

    private FleetOptions Files(string name, params X509Certificate2[] chain) => Pair(Pem($"{name}.pem", chain), Key($"{name}.key", chain[0]));

    private FleetOptions Signing(string name, X509Certificate2 signer) => new() { SignerCertificatePath = Pem($"{name}.pem", signer), SignerKeyPath = Key($"{name}.key", signer) };

    private string File(string name) => Path.Combine(_folder.FullName, name);

    private string Pem(string name, params X509Certificate2[] certificates)
    {
        System.IO.File.WriteAllText(File(name), string.Join('\n', certificates.Select(certificate => certificate.ExportCertificatePem())));
        return File(name);
    }

    private string Key(string name, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        System.IO.File.WriteAllText(File(name), key.ExportPkcs8PrivateKeyPem());
        return File(name);
    }

    private string Pkcs12(string name, string password, params X509Certificate2[] certificates)
    {
        var content = new X509Certificate2Collection();
        // Only the first one's key is in it, as a CA's file has it.
        content.AddRange(certificates.Skip(1).Reverse().Select(certificate => X509CertificateLoader.LoadCertificate(certificate.RawData)).Prepend(certificates[0]).ToArray());
        System.IO.File.WriteAllBytes(File(name), content.Export(X509ContentType.Pkcs12, password)!);
        return File(name);
    }

    private static X509Certificate2 Make(
        string name,
        X509Certificate2? issuer,
        bool isAuthority = true,
        string? usage = null,
        X509KeyUsageFlags keyUsage = X509KeyUsageFlags.KeyCertSign,
        ECCurve? curve = null,
        DateTimeOffset? from = null,
        DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(isAuthority ? keyUsage : X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (usage is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        }

        var (notBefore, notAfter) = (from ?? Now.AddDays(-10), until ?? Now.AddDays(1_000));
        if (issuer is null)
        {
            return request.CreateSelfSigned(notBefore, notAfter);
        }

        using var issuerKey = issuer.GetECDsaPrivateKey()!;
        using var issued = request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), notBefore, notAfter, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
