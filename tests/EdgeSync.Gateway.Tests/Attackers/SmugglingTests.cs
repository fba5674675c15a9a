using System.Net.Security;
using System.Text.RegularExpressions;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Gateway.Tests;

/// <summary>An attacker who writes HTTP/1.1 by hand: requests with two ends, requests that are too large, requests that never end. One answer each, and nothing of it reaches a service as another request.</summary>
public sealed partial class SmugglingTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string Smuggled = "GET /v1/devices HTTP/1.1\r\nHost: x\r\n\r\n";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static string Authorization => $"Authorization: Bearer {TestTokens.Shared.ForOperator()}\r\n";

    [Theory]
    // Two ends: a length and chunks.
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + Smuggled, 400)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 50\r\n", "0\r\n\r\n" + Smuggled, 400)]
    // Two lengths.
    [InlineData("Content-Length: 5\r\nContent-Length: 50\r\n", "12345" + Smuggled, 400)]
    [InlineData("Content-Length: 5\r\nContent-Length: 5\r\n", "12345" + Smuggled, 400)]
    [InlineData("Content-Length: 5, 5\r\n", "12345" + Smuggled, 400)]
    // No length.
    [InlineData("Content-Length: -1\r\n", Smuggled, 400)]
    [InlineData("Content-Length: 0x5\r\n", "12345" + Smuggled, 400)]
    [InlineData("Content-Length : 5\r\n", "12345" + Smuggled, 400)]
    // Chunks that some would read otherwise.
    [InlineData("Transfer-Encoding: chunked\r\n", "zz\r\n" + Smuggled, 400)]
    [InlineData("Transfer-Encoding: chunked\r\n", "5\r\n123456789\r\n0\r\n\r\n" + Smuggled, 400)]
    [InlineData("Transfer-Encoding: chunked\r\n", "ffffffffffffffffff\r\n" + Smuggled, 400)]
    [InlineData("Transfer-Encoding: identity\r\n", Smuggled, 400)]
    [InlineData("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n" + Smuggled, 400)]
    [InlineData("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + Smuggled, 400)]
    // A header that goes on in the next line, one with a null, one without a name.
    [InlineData("X-A: b\r\n Content-Length: 5\r\n", Smuggled, 400)]
    [InlineData("X-A: b\0c\r\n", Smuggled, 400)]
    [InlineData(": b\r\n", Smuggled, 400)]
    [InlineData("Host: other\r\n", Smuggled, 400)]
    public async Task Request_with_two_readings_is_refused_and_the_connection_closed(string headers, string body, int status)
    {
        await using var http = await RawHttp.AnybodyAsync(gateway, gateway.Addresses.OperatorPort, Ct);

        var answer = await http.SendAsync($"POST {Routes.Devices} HTTP/1.1\r\nHost: localhost\r\n{Authorization}{headers}\r\n{body}", Ct);

        Assert.Equal([$"{status}"], Statuses().Matches(answer).Select(match => match.Groups[1].Value));
    }

    [Fact]
    public async Task Body_that_looks_like_a_request_is_a_body()
    {
        await using var http = await RawHttp.AnybodyAsync(gateway, gateway.Addresses.OperatorPort, Ct);

        var answer = await http.SendAsync(
            $"POST {Routes.Devices} HTTP/1.1\r\nHost: localhost\r\n{Authorization}Connection: close\r\nContent-Length: {Smuggled.Length}\r\n\r\n{Smuggled}", Ct);

        Assert.Equal(["200"], Statuses().Matches(answer).Select(match => match.Groups[1].Value));
        Assert.Contains($"\"BodyBytes\":{Smuggled.Length}", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505)]
    [InlineData("GE\tT / HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\nConnection: close\r\n\r\n", 404)]
    [InlineData("GET http://elsewhere/v1/devices HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404)]
    public async Task Request_line_that_is_none_is_refused(string request, int status)
    {
        await using var http = await RawHttp.AnybodyAsync(gateway, gateway.Addresses.OperatorPort, Ct);

        Assert.StartsWith($"HTTP/1.1 {status} ", await http.SendAsync(request, Ct), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(65, 10, 431)]
    [InlineData(1, 16 * 1024, 431)]
    [InlineData(40, 500, 431)]
    public async Task Flood_of_headers_is_refused(int count, int length, int status)
    {
        var headers = string.Concat(Enumerable.Range(0, count).Select(i => $"A{i}: {new string('a', length)}\r\n"));
        await using var http = await RawHttp.DeviceAsync(gateway, SslApplicationProtocol.Http11, Ct);

        Assert.StartsWith($"HTTP/1.1 {status} ", await http.SendAsync($"GET {Routes.Commands} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n", Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_line_beyond_the_bound_is_refused()
    {
        await using var http = await RawHttp.DeviceAsync(gateway, SslApplicationProtocol.Http11, Ct);

        Assert.StartsWith("HTTP/1.1 414 ", await http.SendAsync($"GET /{new string('a', 3_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n", Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_sends_headers_or_a_body_too_slowly_is_refused()
    {
        await using var service = await EchoService.StartAsync("service", Ct);
        // As the gateway's own limits, but sooner.
        await using var app = GatewayFixture.Build(gateway.Settings(service.Address, service.Address), kestrel: kestrel =>
        {
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(kestrel.Limits.MinRequestBodyDataRate!.BytesPerSecond, TimeSpan.FromSeconds(1.1));
        });
        await app.StartAsync(Ct);
        var port = app.Services.GetRequiredService<GatewayAddresses>().OperatorPort;
        await using var headers = await RawHttp.AnybodyAsync(gateway, port, Ct);
        await using var body = await RawHttp.AnybodyAsync(gateway, port, Ct);

        var answers = await Task.WhenAll(
            headers.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nA", Ct),
            body.SendAsync($"POST {Routes.Devices} HTTP/1.1\r\nHost: localhost\r\n{Authorization}Content-Length: 100000\r\n\r\nthe first byte", Ct));

        Assert.All(answers, answer => Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"HTTP/1\.1 (\d{3}) ")]
    private static partial Regex Statuses();
}
