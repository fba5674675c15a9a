using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CsCheck;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using EdgeSync.Testing;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Commands.Tests;

/// <summary>Whatever a request asks for, a certificate says what is decided here.</summary>
public sealed class CertificateIssuerTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    [Fact]
    public void Nothing_that_a_request_asks_for_gets_into_the_certificate()
    {
        using var pki = new TestPki(time: new FakeTimeProvider(Now));
        var issuer = new CertificateIssuer(new KeyedChain(pki.IssueIntermediate(), []), TimeSpan.FromDays(30));
        Wish.Sample(wish =>
        {
            using var key = ECDsa.Create(wish.IsP384 ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256);
            var asked = CertificateRequests.ReadKey(TestFleet.Request(key, wish.Apply), out var error);
            Assert.Null(error);

            using var certificate = issuer.Issue(Pump, asked!, Now)!;

            Assert.Equal(key.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
            Assert.Equal($"CN={Pump}", certificate.Subject);
            Assert.Equal(
                ["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.35", "2.5.29.37"],
                certificate.Extensions.Select(extension => extension.Oid!.Value!).Order(StringComparer.Ordinal));
            var names = new SubjectAlternativeNameBuilder();
            names.AddUri(new Uri(Pump.ToUri()));
            Assert.Equal(names.Build().RawData, certificate.Extensions["2.5.29.17"]!.RawData);
            Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
            Assert.True(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().Critical);
            Assert.Equal(X509KeyUsageFlags.DigitalSignature, certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
            Assert.Equal([FleetTrust.ClientAuthentication], certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value));
            Assert.InRange(certificate.SerialNumberBytes.Length, 14, 16);
            AssertChain(certificate, pki);
        }, iter: 60);
    }

    [Theory]
    [InlineData(10, 0.5, 10)]
    [InlineData(100, 5, 100)]
    [InlineData(30 * 86_400, 300, 30 * 86_400)]
    [InlineData(825 * 86_400, 300, 100 * 86_400)]
    public void A_certificate_begins_a_little_earlier_and_never_ends_after_its_issuer(int lifetimeSeconds, double backdatedSeconds, int endsAfterSeconds)
    {
        var (from, until) = CertificateIssuer.Validity(TimeSpan.FromSeconds(lifetimeSeconds), Now, Now.AddDays(-1), Now.AddDays(100));

        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds((long)Math.Floor((Now.ToUnixTimeMilliseconds() / 1000.0) - backdatedSeconds)), from);
        Assert.Equal(Now.AddSeconds(endsAfterSeconds), until);
        Assert.Equal(Now, CertificateIssuer.Validity(TimeSpan.FromDays(1), Now, Now, Now.AddDays(2)).From);
    }

    [Fact]
    public void An_issuing_CA_whose_time_is_over_issues_nothing()
    {
        using var pki = new TestPki(time: new FakeTimeProvider(Now));
        var issuing = pki.IssueIntermediate();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issuer = new CertificateIssuer(new KeyedChain(issuing, []), TimeSpan.FromDays(30));

        Assert.Null(issuer.Issue(Pump, new PublicKey(key), issuing.NotAfter.ToUniversalTime()));
        using var last = issuer.Issue(Pump, new PublicKey(key), issuing.NotAfter.ToUniversalTime().AddSeconds(-1))!;
        Assert.Equal(issuing.NotAfter, last.NotAfter);
    }

    [Fact]
    public void What_is_refused_is_said()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2_048);
        using var p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        var good = TestFleet.Request(key);
        var der = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        der[^1] ^= 1;
        var table = new (string Pem, string Sentence)[]
        {
            ("", "as PEM"),
            ("hello", "as PEM"),
            (Convert.ToBase64String(der), "as PEM"),
            ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", "as PEM"),
            (key.ExportPkcs8PrivateKeyPem(), "as PEM"),
            (good[..(good.Length / 2)], "as PEM"),
            (PemEncoding.WriteString("CERTIFICATE REQUEST", der), "not by its key"),
            (new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem(), "P-256 or P-384"),
            (TestFleet.Request(p521), "P-256 or P-384"),
            (good + new string('\n', CertificateRequests.CharsMax), "at most 8192 characters"),
        };

        Assert.All(table, row =>
        {
            Assert.Null(CertificateRequests.ReadKey(row.Pem, out var error));
            Assert.Contains(row.Sentence, error, StringComparison.Ordinal);
        });
        Assert.NotNull(CertificateRequests.ReadKey(good, out _));
    }

    [Fact]
    public void A_request_with_any_byte_changed_is_refused_or_has_the_same_key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var der = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        Gen.Select(Gen.Int[0, der.Length - 1], Gen.Byte[1, 255]).Sample((at, change) =>
        {
            var changed = (byte[])der.Clone();
            changed[at] ^= change;
            var read = CertificateRequests.ReadKey(PemEncoding.WriteString("CERTIFICATE REQUEST", changed), out var error);
            Assert.True(read is null ? error is not null : read.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()));
        }, iter: 500);
    }

    private static Gen<WishedFor> Wish =>
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool).Select((p384, ca, names, usage, serial) => new WishedFor(p384, ca, names, usage, serial));

    private sealed record WishedFor(bool IsP384, bool IsAuthority, bool OtherNames, bool OtherUsage, bool Unknown)
    {
        public void Apply(CertificateRequest request)
        {
            if (IsAuthority)
            {
                request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 3, true));
                request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
            }

            if (OtherNames)
            {
                var names = new SubjectAlternativeNameBuilder();
                names.AddUri(new Uri("urn:edgesync:device:ffffffff-ffff-ffff-ffff-ffffffffffff"));
                names.AddDnsName("gateway.example");
                request.CertificateExtensions.Add(names.Build());
            }

            if (OtherUsage)
            {
                request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(FleetStatement.SignerUsage), new Oid(TestCertificate.ServerAuthentication)], true));
            }

            if (Unknown)
            {
                request.CertificateExtensions.Add(new X509Extension("1.2.3.4", [5, 0], true));
            }
        }
    }

    private static void AssertChain(X509Certificate2 certificate, TestPki pki)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = Now.UtcDateTime;
        chain.ChainPolicy.CustomTrustStore.Add(pki.Root);
        chain.ChainPolicy.ExtraStore.AddRange(pki.Issued.ToArray());
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(FleetTrust.ClientAuthentication));
        Assert.True(chain.Build(certificate), string.Join(' ', chain.ChainStatus.Select(status => status.StatusInformation)));
    }
}
