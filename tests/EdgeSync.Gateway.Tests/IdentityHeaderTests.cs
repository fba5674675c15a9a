using EdgeSync.Protocol;

namespace EdgeSync.Gateway.Tests;

public sealed class IdentityHeaderTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("EdgeSync-Batch", true)]
    [InlineData("edgesync-batch", true)]
    [InlineData("Content-Type", true)]
    [InlineData("EdgeSyncer", true)]
    [InlineData("EdgeSync-Device", false)]
    [InlineData("edgesync-device", false)]
    [InlineData("X-Device-Id", false)]
    [InlineData("x-client-cert", false)]
    [InlineData("EDGESYNC-ANYTHING", false)]
    [InlineData("EdgeSync-", false)]
    [InlineData("X-Forwarded-For", false)]
    [InlineData("x-forwarded-prefix", false)]
    [InlineData("Forwarded", false)]
    public void Only_the_gateway_speaks_of_identity_and_way(string name, bool passes) => Assert.Equal(passes, IdentityHeaders.MayPass(name));

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Identity_that_a_device_claims_is_replaced_by_the_one_it_proved(string version)
    {
        using var request = Spoofed(HttpMethod.Post, Routes.Telemetry);
        request.Version = Version.Parse(version);

        using var response = await gateway.DeviceClient(request.Version).SendAsync(request, Ct);

        var echo = await response.EchoAsync();
        Assert.Equal((gateway.Device.ToString(), "7;1;1;live"), (echo.Device(), echo.Headers[Headers.Batch]));
        Assert.DoesNotContain(echo.Headers, header => header.Value.Contains("spoofed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Identity_that_an_operator_claims_is_removed()
    {
        using var response = await gateway.OperatorClient().SendAsync(Spoofed(HttpMethod.Get, Routes.Devices), Ct);

        var echo = await response.EchoAsync();
        Assert.DoesNotContain(echo.Headers, header => header.Value.Contains("spoofed", StringComparison.Ordinal));
    }

    private static HttpRequestMessage Spoofed(HttpMethod method, string path) => new(method, path)
    {
        Version = new Version(2, 0),
        Headers =
        {
            { "EdgeSync-Device", ["spoofed-1", "spoofed-2"] },
            { "X-Device-Id", "spoofed" },
            { "X-Client-Cert", "spoofed" },
            { "X-Original-URL", "/spoofed" },
            { "edgesync-tenant", "spoofed" },
            { "X-Forwarded-For", "spoofed" },
            { "Forwarded", "for=spoofed" },
            { Headers.Batch, "7;1;1;live" },
        },
    };
}
