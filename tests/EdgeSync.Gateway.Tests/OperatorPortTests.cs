using System.Net.Http.Headers;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Gateway.Tests;

public sealed class OperatorPortTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Routes.Devices, 200)]
    [InlineData("/v1/nothing", 404)]
    [InlineData("/v1//devices", 404)]
    public async Task Every_answer_tells_browsers_to_keep_out(string path, int status)
    {
        using var response = await gateway.OperatorClient().GetAsync(path, Ct);

        Assert.Equal(status, (int)response.StatusCode);
        IsGuarded(response);
    }

    [Fact]
    public async Task Refusals_too()
    {
        using var response = await gateway.Client(gateway.Addresses.OperatorPort, null).GetAsync(Routes.Devices, Ct);

        await response.ProblemAsync(ProblemTypes.TokenMissing);
        IsGuarded(response);
    }

    [Theory]
    [InlineData("fleet.read")]
    [InlineData("fleet.write")]
    public async Task Any_role_comes_to_the_service_with_its_token(string role)
    {
        var token = TestTokens.Shared.ForOperator(role);
        var client = gateway.Client(gateway.Addresses.OperatorPort, null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        using var response = await client.DeleteAsync("/v1/enrolment-tokens/one", Ct);

        // Whether the role is enough for it is for the service to say.
        Assert.Equal($"Bearer {token}", (await response.EchoAsync()).Headers["Authorization"]);
    }

    [Fact]
    public async Task Enrolment_needs_no_token()
    {
        using var response = await gateway.Client(gateway.Addresses.OperatorPort, null).PostAsync(Routes.Enrolment, new StringContent("secret"), Ct);

        var echo = await response.EchoAsync();
        Assert.Equal(("commands", 6), (echo.Service, echo.BodyBytes));
    }

    private static void IsGuarded(HttpResponseMessage response)
    {
        string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;
        Assert.Equal("max-age=31536000; includeSubDomains", Header("Strict-Transport-Security"));
        Assert.Equal("nosniff", Header("X-Content-Type-Options"));
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", Header("Content-Security-Policy"));
        Assert.Equal("no-referrer", Header("Referrer-Policy"));
        Assert.Equal("no-store", Header("Cache-Control"));
        Assert.Null(Header("Server"));
    }
}
