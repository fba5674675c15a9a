using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.IdentityModel.JsonWebTokens;

namespace EdgeSync.Gateway.Tests;

/// <summary>The one route that a device takes with its certificate alone, also soon after its end.</summary>
public sealed class RenewalTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private TestCertificate Good => new() { Uris = [gateway.Device.ToUri()], ValidFrom = TimeSpan.FromDays(-100) };

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(-29)]
    public async Task Certificate_renews_itself_until_the_grace_is_over(int days)
    {
        var certificate = gateway.Pki.Issue(Good with { ValidUntil = TimeSpan.FromDays(days) });
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Certificates) { Version = new Version(2, 0), Content = new StringContent("csr") };
        request.Headers.Add("Authorization", "Bearer of-the-device");

        using var response = await gateway.DeviceClient(certificate).SendAsync(request, Ct);

        var echo = await response.EchoAsync();
        var token = new JsonWebToken(echo.Headers["Authorization"]["Bearer ".Length..]);
        Assert.Equal((gateway.Device.ToString(), "renewal", 3), (token.Subject, token.GetPayloadValue<string>("scope"), echo.BodyBytes));
        Assert.InRange(token.ValidTo - token.IssuedAt, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(62));
    }

    [Fact]
    public async Task After_the_grace_it_does_not()
    {
        var certificate = gateway.Pki.Issue(Good with { ValidUntil = TimeSpan.FromDays(-31) });

        using var response = await gateway.DeviceClient(certificate).PostAsync(Routes.Certificates, new StringContent("csr"), Ct);

        Assert.Contains("enrol again", (await response.ProblemAsync(ProblemTypes.CertificateExpired)).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Routes.Token)]
    [InlineData(Routes.Telemetry)]
    public async Task Nothing_else_takes_an_expired_one(string path)
    {
        var certificate = gateway.Pki.Issue(Good with { ValidUntil = TimeSpan.FromDays(-1) });

        using var response = await gateway.DeviceClient(certificate).PostAsync(path, new StringContent("body"), Ct);

        await response.ProblemAsync(ProblemTypes.CertificateExpired);
    }
}
