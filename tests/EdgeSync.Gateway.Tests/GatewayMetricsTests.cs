using System.Diagnostics.Metrics;
using System.Net;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Gateway.Tests;

/// <summary>What operators see of a gateway, with real connections.</summary>
public sealed class GatewayMetricsTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>, IAsyncLifetime
{
    private OwnGateway? _own;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _own = await OwnGateway.StartAsync(gateway, ("Gateway:Limits:DeviceControlBurst", "1"), ("Gateway:Limits:DeviceControlPerSecond", "0.1"));

    public ValueTask DisposeAsync() => _own?.DisposeAsync() ?? default;

    [Fact]
    public async Task Connections_certificates_and_refusals_are_measured()
    {
        using var metrics = Listen();
        var client = gateway.Client(_own!.DevicePort, gateway.Pki.IssueDevice(new DeviceId(Guid.NewGuid())));

        // Its token was the one request that it has.
        using var refused = await client.PostAsync(Routes.Heartbeat, new StringContent("{}"), Ct);
        metrics.Collect();

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Empty(metrics.Wrong);
        Assert.Equal(["1 port=device"], metrics.Of("edgesync.gateway.connections.accepted"));
        Assert.Equal(["1 port=device"], metrics.Of("edgesync.gateway.connections"));
        Assert.Equal(["1 limit=device-control scope=device"], metrics.Of("edgesync.gateway.refusals"));
        Assert.Equal(["1 code=rate-limited category=resource"], metrics.Of("edgesync.problems"));
        Assert.Equal(2, metrics.Of("edgesync.gateway.certificates.remaining").Count);
        Assert.InRange(double.Parse(Assert.Single(metrics.Of("edgesync.gateway.device_certificates.remaining")), System.Globalization.CultureInfo.InvariantCulture), 0, 400);
        Assert.InRange(double.Parse(Assert.Single(metrics.Of("edgesync.gateway.revocations.age")), System.Globalization.CultureInfo.InvariantCulture), 0, 300);
    }

    [Fact]
    public async Task A_connection_that_ends_is_counted_no_longer_and_one_without_a_certificate_never()
    {
        using var metrics = Listen();
        var port = _own!.DevicePort;
        using (var good = new HttpClient(new SocketsHttpHandler { SslOptions = gateway.ClientTls(gateway.Pki.IssueDevice(new DeviceId(Guid.NewGuid()))) }))
        {
            using var answer = await good.GetAsync(new Uri($"https://127.0.0.1:{port}{Routes.Commands}"), Ct);
        }

        using var bad = new HttpClient(new SocketsHttpHandler { SslOptions = gateway.ClientTls(null) });
        await Assert.ThrowsAsync<HttpRequestException>(() => bad.GetAsync(new Uri($"https://127.0.0.1:{port}{Routes.Commands}"), Ct));

        while (metrics.Of("edgesync.gateway.connections").Count < 2)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Ct);
        }

        Assert.Equal(["-1 port=device", "1 port=device"], metrics.Of("edgesync.gateway.connections"));
        // Who is refused may try more than once.
        Assert.InRange(metrics.Of("edgesync.gateway.connections.accepted").Count, 2, 20);
    }

    private MeasuredMetrics Listen()
    {
        var meters = _own!.Services.GetRequiredService<IMeterFactory>();
        return new MeasuredMetrics(meter => meter.Scope == meters && meter.Name.StartsWith("EdgeSync.", StringComparison.Ordinal));
    }
}
