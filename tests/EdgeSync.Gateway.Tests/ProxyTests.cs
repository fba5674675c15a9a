using System.Net;
using EdgeSync.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Gateway.Tests;

public sealed class ProxyTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Service_that_cannot_be_reached_is_unavailable_with_a_wait()
    {
        await using var alone = GatewayFixture.Build(gateway.Settings("http://127.0.0.1:1", "http://127.0.0.1:1"));
        await alone.StartAsync(Ct);
        var port = alone.Services.GetRequiredService<GatewayAddresses>().DevicePort;

        using var response = await gateway.Client(port, gateway.Pki.IssueDevice(gateway.Device)).PostAsync(Routes.Telemetry, new StringContent("body"), Ct);

        await response.ProblemAsync(ProblemTypes.Unavailable);
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Refusal_of_a_service_passes_as_it_is()
    {
        using var response = await gateway.DeviceClient().GetAsync(Routes.Commands, Ct);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync(Ct));
        Assert.Null(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task Event_stream_passes_line_by_line()
    {
        var events = gateway.Commands.Events.Writer;
        using var request = new HttpRequestMessage(HttpMethod.Get, Routes.Events) { Version = HttpVersion.Version20 };
        await events.WriteAsync("event: intent", Ct);

        using var response = await gateway.DeviceClient().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Ct));

        // Each line is written only after the one before it has arrived: a buffer on the way would wait for ever.
        Assert.Equal("event: intent", await reader.ReadLineAsync(Ct));
        await events.WriteAsync("data: {\"intentVersion\":\"7\"}", Ct);
        Assert.Equal("data: {\"intentVersion\":\"7\"}", await reader.ReadLineAsync(Ct));
        await events.WriteAsync(":", Ct);
        Assert.Equal(":", await reader.ReadLineAsync(Ct));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Body_that_says_it_is_too_large_is_refused_and_the_refusal_arrives_every_time(string version)
    {
        var client = gateway.DeviceClient(Version.Parse(version));
        for (var i = 0; i < 20; i++)
        {
            using var response = await client.PostAsync(Routes.Telemetry, new ByteArrayContent(new byte[10 * Limits.BodyBytesMax]), Ct);

            await response.ProblemAsync(ProblemTypes.BodyTooLarge);
        }
    }

    [Fact]
    public async Task Body_that_does_not_say_its_length_is_cut_off_at_the_limit()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Telemetry) { Version = HttpVersion.Version20, Content = new EndlessContent() };

        using var response = await gateway.DeviceClient().SendAsync(request, Ct);

        await response.ProblemAsync(ProblemTypes.BodyTooLarge);
    }

    [Fact]
    public async Task Body_of_the_largest_size_passes_unread_and_still_compressed()
    {
        var content = new ByteArrayContent(new byte[Limits.BodyBytesMax]) { Headers = { { "Content-Encoding", "gzip" } } };

        using var response = await gateway.DeviceClient().PostAsync(Routes.Telemetry, content, Ct);

        var echo = await response.EchoAsync();
        Assert.Equal((Limits.BodyBytesMax, "gzip"), (echo.BodyBytes, echo.Headers["Content-Encoding"]));
    }

    private sealed class EndlessContent : HttpContent
    {
        private const int BytesMax = 64 * 1024 * 1024;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var block = new byte[16 * 1024];
            for (var sent = 0; sent < BytesMax; sent += block.Length)
            {
                await stream.WriteAsync(block, Ct);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
