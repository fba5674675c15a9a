using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Gateway.Tests;

/// <summary>Lists of an operator's own CA, as .NET and OpenSSL write them.</summary>
public sealed class CrlTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-crl-");
    private readonly FakeTimeProvider _time = new(Now);
    private readonly TestPki _pki;
    private readonly CertificateVerdicts _verdicts;
    private readonly FleetCertificates _trusted;

    public CrlTests()
    {
        _pki = new TestPki(time: _time);
        _pki.WriteTo(_folder.FullName);
        var options = Options.Create(new GatewayOptions { ServerCertificatePath = At("server.pem"), ServerCertificateKeyPath = At("server.key"), FleetCaPath = At("ca.pem") });
        _trusted = new FleetCertificates(options);
        _verdicts = new CertificateVerdicts(_trusted, options, _time);
    }

    private string Crl => At("ca.crl");

    public void Dispose()
    {
        _pki.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Certificate_on_the_list_is_revoked_and_another_is_not(bool pem)
    {
        var (bad, good) = (_pki.IssueDevice(NewDevice()), _pki.IssueDevice(NewDevice()));
        var der = Build(_pki.Root, [bad]);
        File.WriteAllBytes(Crl, pem ? System.Text.Encoding.ASCII.GetBytes(PemEncoding.WriteString("X509 CRL", der)) : der);
        var register = Register();

        Assert.True(Files(register).Reread());

        Assert.Equal(ProblemTypes.CertificateRevoked.Code, register.RefuseKnown(_verdicts.Of(bad, [])!)?.Code);
        Assert.Null(register.RefuseKnown(_verdicts.Of(good, [])!));
        Assert.Null(register.Crls.Fault(Now));
    }

    [Fact]
    public void What_a_revoked_intermediate_has_issued_is_revoked()
    {
        var intermediate = _pki.IssueIntermediate();
        var device = _pki.Issue(new TestCertificate { Uris = [NewDevice().ToUri()], Issuer = intermediate });
        File.WriteAllBytes(Crl, Build(_pki.Root, [intermediate]));
        var register = Register();
        Files(register).Reread();

        Assert.NotNull(register.RefuseKnown(_verdicts.Of(device, [intermediate])!));
    }

    [Fact]
    public void Files_are_read_again_when_they_change_and_kept_when_the_change_is_no_good()
    {
        var (first, second) = (_pki.IssueDevice(NewDevice()), _pki.IssueDevice(NewDevice()));
        File.WriteAllBytes(Crl, Build(_pki.Root, [first]));
        var register = Register();
        var files = Files(register);
        files.Reread();
        Assert.False(files.Reread());

        File.WriteAllBytes(Crl, Build(_pki.Root, [first, second]));
        Assert.True(files.Reread());
        Assert.NotNull(register.RefuseKnown(_verdicts.Of(second, [])!));

        File.WriteAllText(Crl, "no list");
        Assert.False(files.Reread());
        Assert.NotNull(register.RefuseKnown(_verdicts.Of(second, [])!));
        Assert.Contains("is neither DER nor PEM", register.Crls.Fault(Now), StringComparison.Ordinal);
    }

    [Fact]
    public void List_that_should_have_been_replaced_is_told_and_stays_in_force()
    {
        var bad = _pki.IssueDevice(NewDevice());
        File.WriteAllBytes(Crl, Build(_pki.Root, [bad]));
        var register = Register();
        var files = Files(register);
        files.Reread();

        _time.Advance(TimeSpan.FromDays(8));
        files.Reread();

        Assert.Contains("should have been replaced at 2026-06-08", register.Crls.Fault(_time.GetUtcNow()), StringComparison.Ordinal);
        Assert.NotNull(register.RefuseKnown(_verdicts.Of(bad, [])!));
    }

    [Fact]
    public void List_by_an_rsa_authority_is_read()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Operator's own CA", key, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var authority = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(100));
        var builder = new CertificateRevocationListBuilder();
        builder.AddEntry([0, 0x81, 7]);
        var der = builder.Build(authority, 1, Now.AddDays(7), HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1, Now);

        var list = CertificateRevocationList.Read(der, [authority]);

        Assert.Equal(IssuedSerial.Of(authority.SubjectName.RawData, [0x81, 7]), Assert.Single(list.Revoked));
    }

    [Fact]
    public void List_of_another_fleet_of_the_same_name_is_refused()
    {
        using var namesake = new TestPki(time: _time);
        HasFault(Build(namesake.Root, []), "is not signed by a CA in Gateway:FleetCaPath");
    }

    [Fact]
    public void List_that_was_changed_is_refused()
    {
        var der = Build(_pki.Root, [_pki.IssueDevice(NewDevice())]);
        // In the time of the entry, which reads as well as before.
        der[der.AsSpan().IndexOf("260601"u8)] ^= 1;
        HasFault(der, "is not signed by a CA in Gateway:FleetCaPath");
    }

    [Fact]
    public void Half_a_list_is_refused() => HasFault(Build(_pki.Root, [])[..^10], "cannot be read");

    [Fact]
    public void Setting_that_leads_nowhere_says_so()
    {
        Assert.Contains("cannot be opened", UnusableFileException.Of(() => CrlFolder.List(At("none.crl"))), StringComparison.Ordinal);
        var options = new RevocationOptions { Path = At("list.jws"), CrlPath = At("none.crl"), RefreshInterval = TimeSpan.Zero, StaleAfter = TimeSpan.Zero };
        var gateway = Options.Create(new GatewayOptions { FleetCaPath = At("ca.pem") });
        var faults = new RevocationOptionsValidator(gateway).Validate(null, options).Failures!.ToList();
        Assert.Equal(3, faults.Count);
        Assert.StartsWith("Gateway:Revocations:RefreshInterval is 00:00:00. Write a time from 100 ms to 1 min.", faults[0], StringComparison.Ordinal);
        Assert.Single(new RevocationOptionsValidator(gateway).Validate(null, new RevocationOptions()).Failures!, "Gateway:Revocations:Path is not set. Give the path of a file, which the gateway writes, in a folder that stays.");
    }

    private static DeviceId NewDevice() => new(Guid.NewGuid());

    private static byte[] Build(X509Certificate2 authority, X509Certificate2[] revoked)
    {
        var builder = new CertificateRevocationListBuilder();
        Array.ForEach(revoked, certificate => builder.AddEntry(certificate, Now));
        return builder.Build(authority, 1, Now.AddDays(7), HashAlgorithmName.SHA256, thisUpdate: Now);
    }

    private void HasFault(byte[] der, string sentence)
    {
        File.WriteAllBytes(Crl, der);
        Assert.Contains(sentence, UnusableFileException.Of(() => CrlSet.Read(Crl, CrlFolder.List(Crl), [.. _trusted.Roots])), StringComparison.Ordinal);
    }

    private RevocationRegister Register() => new(Options.Create(new RevocationOptions()), _time);

    private CrlFiles Files(RevocationRegister register) =>
        new(register, _trusted, Options.Create(new RevocationOptions { CrlPath = Crl }), _time, NullLogger<CrlFiles>.Instance);

    private string At(string file) => Path.Combine(_folder.FullName, file);
}
