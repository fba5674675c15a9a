using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;

namespace EdgeSync.Gateway.Tests;

/// <summary>Tokens over time, which stands until it is moved.</summary>
public sealed class TokenTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>, IAsyncLifetime
{
    private static readonly DateTimeOffset Start = TimeProvider.System.GetUtcNow();

    private readonly FakeTimeProvider _time = new(Start);
    private readonly DirectoryInfo _keys = Directory.CreateTempSubdirectory("edgesync-keys-");
    private EchoService? _service;
    private WebApplication? _app;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private GatewayAddresses Addresses => _app!.Services.GetRequiredService<GatewayAddresses>();

    public async ValueTask InitializeAsync()
    {
        _service = await EchoService.StartAsync("service", Ct);
        Publish("key-1", Start.AddDays(-1));
        var settings = gateway.Settings(_service.Address, _service.Address);
        settings["Gateway:Tokens:SigningKeysPath"] = _keys.FullName;
        settings["Gateway:Revocations:StaleAfter"] = "1.00:00:00";
        settings["Gateway:Tokens:Lifetime"] = "00:30:00";
        _app = GatewayFixture.Build(settings, _time);
        await _app.StartAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await (_app?.DisposeAsync() ?? default);
        await (_service?.DisposeAsync() ?? default);
        _keys.Delete(recursive: true);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Device_gets_a_token_for_its_certificate(string version)
    {
        var certificate = gateway.Pki.IssueDevice(gateway.Device);
        using var answer = await gateway.Client(Addresses.DevicePort, certificate, Version.Parse(version)).PostAsync(Routes.Token, null, Ct);

        Assert.True(answer.Headers.CacheControl!.NoStore);
        var token = (await answer.Content.ReadFromJsonAsync(ProtocolJson.Default.DeviceToken, Ct))!;
        var jwt = new JsonWebToken(token.Token);
        Assert.Equal(1_800, token.ExpiresInSeconds);
        Assert.Equal(("ES256", "key-1", "edgesync-gateway", gateway.Device.ToString()), (jwt.Alg, jwt.Kid, jwt.Issuer, jwt.Subject));
        Assert.Equal("device", jwt.GetPayloadValue<string>("scope"));
        Assert.Equal(TokenForge.ThumbprintOf(certificate.RawData), jwt.GetPayloadValue<JsonElement>("cnf").GetProperty("x5t#S256").GetString());
        Assert.InRange(jwt.ValidTo - Start.UtcDateTime, TimeSpan.FromSeconds(1_800), TimeSpan.FromSeconds(1_801));
    }

    [Fact]
    public async Task Token_ends_with_its_certificate()
    {
        var certificate = gateway.Pki.Issue(new TestCertificate { Uris = [gateway.Device.ToUri()], ValidUntil = TimeSpan.FromMinutes(10) });

        var token = await AskAsync(gateway.Client(Addresses.DevicePort, certificate));

        // With the minute by which clocks may differ.
        Assert.InRange(token.ExpiresInSeconds, 600, 660);
    }

    [Fact]
    public async Task Token_is_asked_for_with_post()
    {
        using var answer = await gateway.Client(Addresses.DevicePort, gateway.Pki.IssueDevice(gateway.Device)).GetAsync(Routes.Token, Ct);

        await answer.ProblemAsync(ProblemTypes.MethodNotAllowed);
        Assert.Equal(["POST"], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task Token_that_was_good_is_refused_after_its_time()
    {
        var client = gateway.Client(Addresses.DevicePort, gateway.Pki.IssueDevice(gateway.Device));
        using var before = await client.PostAsync(Routes.Heartbeat, null, Ct);
        _time.Advance(TimeSpan.FromSeconds(1_801));
        using var after = await client.PostAsync(Routes.Heartbeat, null, Ct);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        await after.ProblemAsync(ProblemTypes.TokenExpired);
    }

    [Theory]
    [InlineData(Routes.Events)]
    [InlineData(Routes.Commands + "?wait=60")]
    public async Task What_waits_ends_with_its_token(string path)
    {
        var client = gateway.Client(Addresses.DevicePort, gateway.Pki.IssueDevice(gateway.Device));
        var waiting = WaitForEndAsync(client, path);
        await _service!.Waiting.Reader.ReadAsync(Ct);

        _time.Advance(TimeSpan.FromSeconds(1_801));

        await waiting;
    }

    [Fact]
    public async Task Keys_rotate_while_everyone_goes_on()
    {
        var client = gateway.Client(Addresses.DevicePort, gateway.Pki.IssueDevice(gateway.Device));
        var first = await AskAsync(client);

        // Written long ago, but seen only now.
        Publish("key-2", Start.AddDays(-1));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["key-1", "key-2"], await PublishedAsync());
        Assert.Equal("key-1", new JsonWebToken((await AskAsync(client)).Token).Kid);

        _time.Advance(TimeSpan.FromMinutes(6));
        var second = await AskAsync(client);
        Assert.Equal("key-2", new JsonWebToken(second.Token).Kid);
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(client, first.Token));
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(client, second.Token));

        _time.Advance(TimeSpan.FromMinutes(30));
        File.Delete(Path.Combine(_keys.FullName, "key-1.pem"));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["key-2"], await PublishedAsync());
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(client, (await AskAsync(client)).Token));
    }

    [Fact]
    public async Task A_change_that_cannot_be_used_leaves_the_keys_as_they_are()
    {
        File.WriteAllText(Path.Combine(_keys.FullName, "key-2.pem"), "half a ke");
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["key-1"], await PublishedAsync());

        Publish("key-2", Start);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["key-1", "key-2"], await PublishedAsync());
    }

    [Fact]
    public async Task Published_keys_are_public()
    {
        using var management = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Addresses.ManagementPort}") };

        var key = JsonDocument.Parse(await management.GetStringAsync(Routes.TokenKeys, Ct)).RootElement.GetProperty("keys")[0];

        Assert.Equal(["alg", "crv", "kid", "kty", "use", "x", "y"], key.EnumerateObject().Select(member => member.Name).Order());
    }

    private static async Task WaitForEndAsync(HttpClient client, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = HttpVersion.Version20 };
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
            response.EnsureSuccessStatusCode();
            await response.Content.CopyToAsync(Stream.Null, Ct);
        });
    }

    private static async Task<DeviceToken> AskAsync(HttpClient client)
    {
        using var answer = await client.PostAsync(Routes.Token, null, Ct);
        return (await answer.Content.ReadFromJsonAsync(ProtocolJson.Default.DeviceToken, Ct))!;
    }

    private static async Task<HttpStatusCode> BeatAsync(HttpClient client, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Heartbeat) { Version = HttpVersion.Version20, Headers = { { "Authorization", $"Bearer {token}" } } };
        using var answer = await client.SendAsync(request, Ct);
        return answer.StatusCode;
    }

    private async Task<IEnumerable<string>> PublishedAsync()
    {
        using var management = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Addresses.ManagementPort}") };
        var set = JsonDocument.Parse(await management.GetStringAsync(Routes.TokenKeys, Ct));
        return [.. set.RootElement.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("kid").GetString()!)];
    }

    private void Publish(string id, DateTimeOffset writtenAt) => File.SetLastWriteTimeUtc(TestTokens.WriteSigningKey(_keys.FullName, id), writtenAt.UtcDateTime);
}
