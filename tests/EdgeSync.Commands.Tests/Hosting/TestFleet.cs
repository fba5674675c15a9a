using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Commands.Tests;

/// <summary>A fleet's root and issuing CA in files, for one day of tests; made once and shared.</summary>
internal sealed class TestFleet
{
    private static readonly ConcurrentDictionary<DateOnly, TestFleet> Fleets = new();

    private readonly TestPki _pki;

    private TestFleet(DateTimeOffset now)
    {
        _pki = new TestPki(time: new FakeTimeProvider(now));
        var issuing = _pki.IssueIntermediate();
        var folder = Directory.CreateTempSubdirectory("edgesync-fleet-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        CertificatePath = Path.Combine(folder, "issuing.pem");
        KeyPath = Path.Combine(folder, "issuing.key");
        File.WriteAllText(CertificatePath, issuing.ExportCertificatePem() + "\n" + _pki.Root.ExportCertificatePem());
        using var key = issuing.GetECDsaPrivateKey()!;
        File.WriteAllText(KeyPath, key.ExportPkcs8PrivateKeyPem());
    }

    public string CertificatePath { get; }

    public string KeyPath { get; }

    public X509Certificate2Collection Roots => [_pki.Root];

    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Fleet:IssuingCertificatePath"] = CertificatePath,
        ["Fleet:IssuingKeyPath"] = KeyPath,
    };

    public static TestFleet At(TimeProvider time) => Fleets.GetOrAdd(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), _ => new TestFleet(time.GetUtcNow()));

    /// <summary>A certificate request as a device makes it.</summary>
    public static string Request(ECDsa key, Action<CertificateRequest>? change = null)
    {
        var request = new CertificateRequest("CN=whatever it likes", key, HashAlgorithmName.SHA256);
        change?.Invoke(request);
        return request.CreateSigningRequestPem();
    }

    public static string Request()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(key);
    }

    /// <summary>What a statement of this fleet says; fails the test for one that is not.</summary>
    public StatementContent Read(string statement, string type)
    {
        var content = FleetStatement.Read(statement, type, Roots);
        Assert.NotNull(content);
        return content;
    }
}
