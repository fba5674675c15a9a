using System.Net;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Gateway.Tests;

public sealed class CertificateCheckTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private TestCertificate Good => new() { Uris = [gateway.Device.ToUri()] };

    [Fact]
    public Task Expired_certificate_is_told_so() =>
        IsRefusedAsync(Good with { ValidFrom = TimeSpan.FromDays(-2), ValidUntil = TimeSpan.FromDays(-1) }, ProblemTypes.CertificateExpired, "Renew it");

    [Fact]
    public Task Certificate_of_the_future_is_told_so() =>
        IsRefusedAsync(Good with { ValidFrom = TimeSpan.FromDays(1), ValidUntil = TimeSpan.FromDays(2) }, ProblemTypes.CertificateExpired, "valid only from");

    [Fact]
    public Task Certificate_for_servers_is_told_so() =>
        IsRefusedAsync(Good with { Usage = TestCertificate.ServerAuthentication }, ProblemTypes.CertificateInvalid, "clientAuth");

    [Fact]
    public Task Key_that_may_not_sign_is_told_so() =>
        IsRefusedAsync(Good with { KeyUsage = X509KeyUsageFlags.NonRepudiation }, ProblemTypes.CertificateInvalid, "digitalSignature");

    [Fact]
    public Task Certificate_without_a_device_is_told_so() =>
        IsRefusedAsync(new TestCertificate(), ProblemTypes.CertificateInvalid, "urn:edgesync:device:UUID");

    [Fact]
    public Task Uri_that_is_no_device_is_told_so() =>
        IsRefusedAsync(new TestCertificate { Uris = ["urn:edgesync:device:pump-7"] }, ProblemTypes.CertificateInvalid, "urn:edgesync:device:UUID");

    [Fact]
    public Task Certificate_of_two_devices_is_told_so() =>
        IsRefusedAsync(Good with { Uris = [gateway.Device.ToUri(), new DeviceId(Guid.NewGuid()).ToUri()] }, ProblemTypes.CertificateInvalid, "exactly one device");

    [Fact]
    public async Task Refusal_reaches_a_device_that_sends_a_body_every_time()
    {
        var client = gateway.DeviceClient(gateway.Pki.Issue(Good with { Usage = TestCertificate.ServerAuthentication }), HttpVersion.Version20);
        var body = new byte[200 * 1024];

        for (var i = 0; i < 50; i++)
        {
            using var response = await client.PostAsync(Routes.Telemetry, new ByteArrayContent(body), Ct);

            await response.ProblemAsync(ProblemTypes.CertificateInvalid);
        }
    }

    private async Task IsRefusedAsync(TestCertificate shape, ProblemType expected, string sentence)
    {
        var certificate = gateway.Pki.Issue(shape);
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var response = await gateway.DeviceClient(certificate, version).PostAsync(Routes.Telemetry, new StringContent("body"), Ct);

            var problem = await response.ProblemAsync(expected);
            Assert.Contains(sentence, problem.Detail, StringComparison.Ordinal);
        }
    }
}
