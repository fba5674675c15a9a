using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Gateway.Tests;

/// <summary>An attacker with a good certificate, or none, and every kind of token but a good one.</summary>
public sealed class TokenAttackTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private readonly X509Certificate2 _certificate = gateway.Pki.IssueDevice(gateway.Device);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Key => Path.Combine(gateway.SigningKeys, GatewayFixture.SigningKey + ".pem");

    private TokenForge Good => new() { Device = gateway.Device.ToString(), Thumbprint = TokenForge.ThumbprintOf(_certificate.RawData) };

    [Fact]
    public async Task The_forge_makes_good_tokens_too()
    {
        using var response = await SendAsync(Good.Sign(Key));

        Assert.Equal(gateway.Device.ToString(), (await response.EchoAsync()).Device());
    }

    [Fact]
    public async Task No_token()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Heartbeat) { Headers = { Authorization = new AuthenticationHeaderValue("Basic", "ZGV2aWNlOg==") } };

        using var response = await gateway.DeviceClient(_certificate).SendAsync(request, Ct);

        await response.ProblemAsync(ProblemTypes.TokenMissing);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Theory]
    [InlineData("/V1/HEARTBEAT")]
    [InlineData("/v1/Telemetry")]
    [InlineData("/v1/../v1/telemetry")]
    [InlineData("/v1/%74elemetry")]
    public async Task Another_spelling_of_a_path_wants_the_token_too(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { Authorization = new AuthenticationHeaderValue("Basic", "ZGV2aWNlOg==") } };

        using var response = await gateway.DeviceClient(_certificate).SendAsync(request, Ct);

        await response.ProblemAsync(ProblemTypes.TokenMissing);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    public Task No_json_web_token(string token) => IsRefusedAsync(token, ProblemTypes.TokenInvalid);

    [Fact]
    public Task Token_longer_than_one_can_be() => IsRefusedAsync(Good.Sign(Key) + new string('A', 5_000), ProblemTypes.TokenInvalid);

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("")]
    public Task No_signature(string algorithm) => IsRefusedAsync((Good with { Algorithm = algorithm }).Sign(_ => []), ProblemTypes.TokenInvalid);

    [Fact]
    public Task Signature_left_out() => IsRefusedAsync(Good.Sign(_ => []), ProblemTypes.TokenInvalid);

    [Fact]
    public Task Another_key_under_the_gateways_name()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return IsRefusedAsync(Good.Sign(text => key.SignData(text, HashAlgorithmName.SHA256)), ProblemTypes.TokenInvalid);
    }

    [Fact]
    public Task A_key_that_nobody_knows() => IsRefusedAsync((Good with { KeyId = "other" }).Sign(Key), ProblemTypes.TokenInvalid);

    [Fact]
    public async Task The_public_key_as_a_secret()
    {
        using var management = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Addresses.ManagementPort}") };
        var secret = await management.GetByteArrayAsync(Routes.TokenKeys, Ct);

        await IsRefusedAsync((Good with { Algorithm = "HS256" }).Sign(text => HMACSHA256.HashData(secret, text)), ProblemTypes.TokenInvalid);
    }

    [Fact]
    public async Task Payload_changed_after_signing()
    {
        var (mine, other) = (Good.Sign(Key).Split('.'), (Good with { Device = Guid.NewGuid().ToString() }).Sign(Key).Split('.'));

        await IsRefusedAsync($"{mine[0]}.{other[1]}.{mine[2]}", ProblemTypes.TokenInvalid);
    }

    [Fact]
    public Task Of_another_issuer() => IsRefusedAsync((Good with { Issuer = "somebody" }).Sign(Key), ProblemTypes.TokenInvalid);

    [Fact]
    public Task For_another_audience() => IsRefusedAsync((Good with { Audience = "somewhere" }).Sign(Key), ProblemTypes.TokenInvalid);

    [Fact]
    public Task For_another_scope() => IsRefusedAsync((Good with { Scope = "renewal" }).Sign(Key), ProblemTypes.TokenInvalid);

    [Fact]
    public Task Expired() => IsRefusedAsync((Good with { Expires = DateTimeOffset.UnixEpoch.AddYears(50) }).Sign(Key), ProblemTypes.TokenExpired);

    [Fact]
    public Task An_operators() => IsRefusedAsync(TestTokens.Shared.ForOperator(), ProblemTypes.TokenInvalid);

    [Fact]
    public Task Of_another_device_over_the_own_certificate() => IsRefusedAsync((Good with { Device = Guid.NewGuid().ToString() }).Sign(Key), ProblemTypes.TokenForeign);

    [Fact]
    public async Task Stolen_from_another_device()
    {
        var token = await AskAsync(gateway.Pki.IssueDevice(new DeviceId(Guid.NewGuid())));

        await IsRefusedAsync(token, ProblemTypes.TokenForeign);
    }

    [Fact]
    public async Task Replayed_over_another_certificate_of_the_same_device()
    {
        var token = await AskAsync(gateway.Pki.IssueDevice(gateway.Device));

        await IsRefusedAsync(token, ProblemTypes.TokenForeign);
    }

    [Theory]
    [InlineData(null, "token-missing")]
    [InlineData("device", "token-invalid")]
    [InlineData("none", "token-invalid")]
    [InlineData("nobody", "role-missing")]
    public async Task Operator_port_without_an_operators_token(string? token, string code)
    {
        var client = gateway.Client(gateway.Addresses.OperatorPort, null);
        client.DefaultRequestHeaders.Authorization = token switch
        {
            null => null,
            "device" => new AuthenticationHeaderValue("Bearer", Good.Sign(Key)),
            "none" => new AuthenticationHeaderValue("Bearer", (Good with { Algorithm = "none" }).Sign(_ => [])),
            _ => new AuthenticationHeaderValue("Bearer", TestTokens.Shared.ForOperator("guest")),
        };

        foreach (var path in new[] { Routes.Devices, Routes.EnrolmentTokens, "/v1/devices/x/config/pump.speed" })
        {
            using var response = await client.GetAsync(path, Ct);

            await response.ProblemAsync(ProblemTypes.All.Single(type => type.Code == code));
        }
    }

    [Fact]
    public async Task Operators_certificate_of_the_fleet_is_no_token()
    {
        using var response = await gateway.Client(gateway.Addresses.OperatorPort, _certificate).GetAsync(Routes.Devices, Ct);

        // Even the way to a token is not here.
        await response.ProblemAsync(ProblemTypes.NotFound);
    }

    private async Task IsRefusedAsync(string token, ProblemType expected)
    {
        using var response = await SendAsync(token);

        await response.ProblemAsync(expected);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    private async Task<HttpResponseMessage> SendAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Heartbeat) { Version = new Version(2, 0), Content = new StringContent("{}") };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return await gateway.DeviceClient(_certificate).SendAsync(request, Ct);
    }

    private async Task<string> AskAsync(X509Certificate2 certificate)
    {
        using var answer = await gateway.DeviceClient(certificate).PostAsync(Routes.Token, null, Ct);
        return (await answer.Content.ReadFromJsonAsync(ProtocolJson.Default.DeviceToken, Ct))!.Token;
    }
}
