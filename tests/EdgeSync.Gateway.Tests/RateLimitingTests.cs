using System.Net;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway.Tests;

/// <summary>Limits over real sockets: what a device is told, and that its connection stays.</summary>
public sealed class RateLimitingTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>, IAsyncLifetime
{
    private OwnGateway? _own;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _own = await OwnGateway.StartAsync(
        gateway,
        ("Gateway:Limits:DeviceTelemetryBurst", "5"),
        ("Gateway:Limits:DeviceTelemetryPerSecond", "0.1"),
        ("Gateway:Limits:DeviceReadingsBurst", "1000"),
        ("Gateway:Limits:DeviceReadingsPerSecond", "1"));

    public ValueTask DisposeAsync() => _own?.DisposeAsync() ?? default;

    [Fact]
    public async Task Too_many_batches_are_refused_and_the_rest_of_the_device_goes_on()
    {
        var client = Device();
        for (var i = 0; i < 5; i++)
        {
            using var stored = await SendAsync(client, count: 1);
            Assert.Equal(HttpStatusCode.OK, stored.StatusCode);
        }

        using var refused = await SendAsync(client, count: 1);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 12);
        var problem = await refused.ProblemAsync(ProblemTypes.RateLimited);
        Assert.Equal(("device-telemetry", LimitScope.Device, 0), (problem.Limit!.Name, problem.Limit.Scope, problem.Limit.Remaining));
        Assert.InRange(problem.Limit.ResetMilliseconds, 1, 12_000);

        using var heartbeat = await client.PostAsync(Routes.Heartbeat, new StringContent("{}"), Ct);
        Assert.Equal(HttpStatusCode.OK, heartbeat.StatusCode);
        using var other = await SendAsync(Device(), count: 1);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task Readings_are_counted_by_the_header_without_the_body()
    {
        var client = Device();
        using var stored = await SendAsync(client, count: 900);
        Assert.Equal(HttpStatusCode.OK, stored.StatusCode);
        using var refused = await SendAsync(client, count: 200);
        Assert.Equal("device-readings", (await refused.ProblemAsync(ProblemTypes.RateLimited)).Limit!.Name);
        // History goes with what the fleet does not use.
        using var backlog = await SendAsync(client, count: 5_000, "backlog");
        Assert.Equal(HttpStatusCode.OK, backlog.StatusCode);
    }

    [Fact]
    public async Task A_refused_batch_reaches_no_service()
    {
        var client = Device();
        using var stored = await SendAsync(client, count: 1_000);
        var body = await stored.Content.ReadAsStringAsync(Ct);
        Assert.Contains("\"BodyBytes\":3", body, StringComparison.Ordinal);
        using var refused = await SendAsync(client, count: 1_000);
        Assert.DoesNotContain("BodyBytes", await refused.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_change_without_a_restart()
    {
        var client = Device();
        using (var refused = await SendAsync(client, count: 5_000))
        {
            // The whole of a smaller bucket: it passes once.
            Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        }

        using (var refused = await SendAsync(client, count: 1))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        }

        _own!.Configuration["Gateway:Limits:DeviceReadingsBurst"] = "100000";
        _own.Configuration.Reload();
        using var passed = await SendAsync(client, count: 1);
        Assert.Equal(HttpStatusCode.OK, passed.StatusCode);
    }

    private HttpClient Device() =>
        gateway.Client(_own!.DevicePort, gateway.Pki.IssueDevice(new DeviceId(Guid.NewGuid())));

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, long count, string lane = "live")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Telemetry)
        {
            Content = new ByteArrayContent([1, 2, 3]),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Add(Headers.Batch, $"7;1;{count};{lane}");
        return await client.SendAsync(request, Ct);
    }
}
