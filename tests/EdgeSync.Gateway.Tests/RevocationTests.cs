using System.Net;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Gateway.Tests;

/// <summary>A gateway and a Commands that says who may not enter, by a clock that stands until it is moved.</summary>
public sealed class RevocationTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>, IAsyncLifetime
{
    // A whole second, as statements count: a list that is signed now is then as old as the clock says.
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());

    private readonly FakeTimeProvider _time = new(Start);
    private readonly DeviceId _device = new(Guid.NewGuid());
    private EchoService? _commands;
    private WebApplication? _app;
    private Dictionary<string, string?> _settings = [];
    private RevocationList _list = new(1, [], []);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _commands = await EchoService.StartAsync("commands", Ct);
        _commands.Revocations = version => gateway.Revoking(version == _list.Version ? new RevocationList(_list.Version) : _list, _time.GetUtcNow());
        _settings = gateway.Settings(_commands.Address, _commands.Address);
        _app = GatewayFixture.Build(_settings, _time);
        await _app.StartAsync(Ct);
        await RefreshAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await (_app?.DisposeAsync() ?? default);
        await (_commands?.DisposeAsync() ?? default);
    }

    [Theory]
    [InlineData(DeviceState.Disabled, "device-disabled")]
    [InlineData(DeviceState.Quarantined, "device-quarantined")]
    public async Task Device_that_may_not_enter_is_told_so_and_nobody_else_is(DeviceState state, string code)
    {
        var (client, other) = (Client(_device), Client(new DeviceId(Guid.NewGuid())));
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(client));

        await SayAsync(new RevocationList(2, [new RefusedDevice(_device, state)], []));

        foreach (var path in new[] { Routes.Heartbeat, Routes.Token, Routes.Certificates })
        {
            using var response = await client.PostAsync(path, null, Ct);
            await response.ProblemAsync(ProblemTypes.All.Single(type => type.Code == code));
        }

        Assert.Equal(HttpStatusCode.OK, await BeatAsync(other));
        await SayAsync(new RevocationList(3, [], []));
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(client));
    }

    [Fact]
    public async Task Revoked_certificate_is_told_so_and_the_devices_other_one_enters()
    {
        var revoked = gateway.Pki.IssueDevice(_device);
        var (client, other) = (Client(revoked), Client(_device));
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(client));

        await SayAsync(new RevocationList(2, [], [revoked.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256).ToLowerInvariant()]));

        using var response = await client.PostAsync(Routes.Heartbeat, null, Ct);
        await response.ProblemAsync(ProblemTypes.CertificateRevoked);
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(other));
    }

    [Theory]
    [InlineData(Routes.Events)]
    [InlineData(Routes.Commands + "?wait=60")]
    public async Task What_a_device_has_open_ends_at_the_next_round(string path)
    {
        var ended = WaitForEndAsync(Client(_device), path);
        await _commands!.Waiting.Reader.ReadAsync(Ct);
        var stays = WaitForEndAsync(Client(new DeviceId(Guid.NewGuid())), path);
        await _commands.Waiting.Reader.ReadAsync(Ct);

        _list = new RevocationList(2, [new RefusedDevice(_device, DeviceState.Disabled)], []);
        // The loop does it: nobody asks it to.
        _time.Advance(TimeSpan.FromSeconds(1));

        await ended;
        Assert.False(stays.IsCompleted);
    }

    [Fact]
    public async Task Stale_list_refuses_everybody_for_a_while_and_nobody_for_good()
    {
        var client = Client(_device);
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(client));
        var say = _commands!.Revocations;
        _commands.Revocations = null;

        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(client));
        _time.Advance(TimeSpan.FromSeconds(1));
        using var response = await client.PostAsync(Routes.Heartbeat, null, Ct);
        await response.ProblemAsync(ProblemTypes.RevocationsStale);
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 5, 10);
        Assert.Equal("Degraded\nrevocations: Degraded", await HealthAsync(HttpStatusCode.OK));

        _commands.Revocations = say;
        await RefreshAsync();
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(client));
        Assert.Equal("Healthy", await HealthAsync(HttpStatusCode.OK));
    }

    [Fact]
    public async Task Without_a_list_nobody_enters_and_the_gateway_is_not_ready()
    {
        _settings["Gateway:Revocations:Path"] += "-none";
        _settings["Services:commands:h2c:0"] = "http://127.0.0.1:1";
        await RestartAsync();

        using var response = await Client(_device).PostAsync(Routes.Token, null, Ct);
        await response.ProblemAsync(ProblemTypes.RevocationsStale);
        Assert.Equal("Unhealthy\nrevocations: Unhealthy", await HealthAsync(HttpStatusCode.ServiceUnavailable));
    }

    [Fact]
    public async Task Gateway_that_starts_without_Commands_knows_the_last_list()
    {
        await SayAsync(new RevocationList(7, [new RefusedDevice(_device, DeviceState.Disabled)], []));
        _settings["Services:commands:h2c:0"] = "http://127.0.0.1:1";
        await RestartAsync();

        using var response = await Client(_device).PostAsync(Routes.Token, null, Ct);
        await response.ProblemAsync(ProblemTypes.DeviceDisabled);
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(Client(new DeviceId(Guid.NewGuid()))));
    }

    [Fact]
    public async Task List_on_disk_is_signed_anew_while_nothing_changes()
    {
        for (var i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(2));
            await RefreshAsync();
        }

        _settings["Services:commands:h2c:0"] = "http://127.0.0.1:1";
        await RestartAsync();
        Assert.Equal(HttpStatusCode.OK, await BeatAsync(Client(_device)));
    }

    [Fact]
    public async Task What_another_fleet_says_changes_nothing()
    {
        using var foreign = new Testing.TestPki("Another fleet");
        var client = Client(_device);
        _commands!.Revocations = _ => foreign.Say(RevocationList.StatementType, """{"version":"9","devices":[],"certificates":[]}"""u8, _time.GetUtcNow());
        await RefreshAsync();

        Assert.Equal(HttpStatusCode.OK, await BeatAsync(client));
        Assert.Equal(1, _app!.Services.GetRequiredService<RevocationRegister>().List!.Version);
    }

    private async Task SayAsync(RevocationList list)
    {
        _list = list;
        await RefreshAsync();
    }

    private Task RefreshAsync() => _app!.Services.GetRequiredService<RevocationRefresh>().RefreshAsync(Ct);

    private async Task RestartAsync()
    {
        await _app!.DisposeAsync();
        _app = GatewayFixture.Build(_settings, _time);
        await _app.StartAsync(Ct);
    }

    private HttpClient Client(DeviceId device) => Client(gateway.Pki.IssueDevice(device));

    private HttpClient Client(X509Certificate2 certificate) => gateway.Client(_app!.Services.GetRequiredService<GatewayAddresses>().DevicePort, certificate);

    private static async Task<HttpStatusCode> BeatAsync(HttpClient client)
    {
        using var response = await client.PostAsync(Routes.Heartbeat, null, Ct);
        return response.StatusCode;
    }

    private async Task<string> HealthAsync(HttpStatusCode expected)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri($"http://127.0.0.1:{_app!.Services.GetRequiredService<GatewayAddresses>().ManagementPort}/health"), Ct);
        Assert.Equal(expected, response.StatusCode);
        return await response.Content.ReadAsStringAsync(Ct);
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
}
