using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Gateway.Tests;

public sealed class CertificateVerdictTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-verdicts-");
    private readonly FakeTimeProvider _time = new(Start);
    private readonly TestPki _pki;

    public CertificateVerdictTests()
    {
        _pki = new TestPki(time: _time);
        _pki.WriteTo(_directory.FullName);
    }

    [Fact]
    public void Connection_that_outlives_its_certificate_is_refused_from_then_on()
    {
        var certificate = Verdicts(20).Of(_pki.IssueDevice(NewDevice()), [])!;

        Assert.Null(certificate.Refuse(_time.GetUtcNow(), TimeSpan.Zero, TimeSpan.Zero));
        _time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        Assert.Equal(ProblemTypes.CertificateExpired.Code, certificate.Refuse(_time.GetUtcNow(), TimeSpan.Zero, TimeSpan.Zero)?.Code);
    }

    [Theory]
    [InlineData(-61, 0, false)]
    [InlineData(-59, 0, true)]
    [InlineData(86_400 + 59, 0, true)]
    [InlineData(86_400 + 61, 0, false)]
    [InlineData(86_400 + 61, 30, true)]
    [InlineData(31 * 86_400 + 59, 30, true)]
    [InlineData(31 * 86_400 + 61, 30, false)]
    public void Clocks_may_differ_by_the_skew_and_renewal_has_its_grace(int seconds, int graceDays, bool enters)
    {
        var shape = new TestCertificate { Uris = [NewDevice().ToUri()], ValidFrom = TimeSpan.Zero };
        var certificate = Verdicts(20).Of(_pki.Issue(shape), [])!;

        var refusal = certificate.Refuse(Start.AddSeconds(seconds), TimeSpan.FromMinutes(1), TimeSpan.FromDays(graceDays));

        Assert.Equal(enters ? null : ProblemTypes.CertificateExpired.Code, refusal?.Code);
    }

    [Fact]
    public void Certificate_is_good_no_longer_than_its_issuer()
    {
        var intermediate = _pki.IssueIntermediate();
        var certificate = _pki.Issue(new TestCertificate { Uris = [NewDevice().ToUri()], ValidUntil = TimeSpan.FromDays(300), Issuer = intermediate });

        var read = Verdicts(20).Of(certificate, [intermediate])!;

        Assert.Equal(new DateTimeOffset(intermediate.NotAfter), read.ValidUntil);
    }

    [Fact]
    public void Intermediate_is_needed_once_while_the_verdict_is_remembered()
    {
        var verdicts = Verdicts(20);
        var intermediate = _pki.IssueIntermediate();
        var certificate = _pki.Issue(new TestCertificate { Uris = [NewDevice().ToUri()], Issuer = intermediate });

        Assert.Null(verdicts.Of(certificate, []));
        Assert.NotNull(verdicts.Of(certificate, [intermediate]));
        Assert.NotNull(verdicts.Of(certificate, []));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(verdicts.Of(certificate, []));
    }

    [Fact]
    public void Verdicts_stay_within_their_bound_and_keep_what_is_used()
    {
        var verdicts = Verdicts(4);
        var intermediate = _pki.IssueIntermediate();
        var used = _pki.Issue(new TestCertificate { Uris = [NewDevice().ToUri()], Issuer = intermediate });
        Assert.NotNull(verdicts.Of(used, [intermediate]));

        for (var i = 0; i < 20; i++)
        {
            Assert.NotNull(verdicts.Of(_pki.IssueDevice(NewDevice()), []));
            // Without its intermediate it is known from memory or not at all.
            Assert.NotNull(verdicts.Of(used, []));
            Assert.InRange(verdicts.Count, 1, 4);
        }
    }

    [Fact]
    public void Certificate_of_another_fleet_takes_no_room()
    {
        using var foreign = new TestPki("Another fleet", _time);
        var verdicts = Verdicts(20);

        Assert.Null(verdicts.Of(foreign.IssueDevice(NewDevice()), [foreign.Root]));
        Assert.Equal(0, verdicts.Count);
    }

    [Fact]
    public void Names_that_cannot_be_read_are_no_names()
    {
        var request = new CertificateRequest("CN=x", System.Security.Cryptography.ECDsa.Create(), System.Security.Cryptography.HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", [0x30, 0x05, 0x86, 0x7f], critical: false));
        using var certificate = request.CreateSelfSigned(Start, Start.AddDays(1));

        Assert.Empty(SubjectAlternativeNames.Uris(certificate));
    }

    public void Dispose()
    {
        _pki.Dispose();
        _directory.Delete(recursive: true);
    }

    private static DeviceId NewDevice() => new(Guid.NewGuid());

    private CertificateVerdicts Verdicts(int max)
    {
        var options = Options.Create(new GatewayOptions
        {
            ServerCertificatePath = Path.Combine(_directory.FullName, "server.pem"),
            ServerCertificateKeyPath = Path.Combine(_directory.FullName, "server.key"),
            FleetCaPath = Path.Combine(_directory.FullName, "ca.pem"),
            VerdictsMax = max,
        });
        return new CertificateVerdicts(new FleetCertificates(options), options, _time);
    }
}
