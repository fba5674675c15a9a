using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using EdgeSync.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Edge.Tests;

public sealed class ControlPlaneClientTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);

    public static TheoryData<Exception, string> Failures => new()
    {
        { new HttpRequestException(HttpRequestError.ConnectionError, "refused"), "offline-unreachable" },
        { new HttpRequestException(HttpRequestError.NameResolutionError, "no such name"), "name-unresolved" },
        { new HttpRequestException(HttpRequestError.SecureConnectionError, "handshake"), "tls" },
        { new HttpRequestException("ssl", new AuthenticationException("certificate")), "tls" },
        { new HttpRequestException(HttpRequestError.ResponseEnded, "ended"), "connection-lost" },
        { new HttpRequestException(HttpRequestError.HttpProtocolError, "reset"), "connection-lost" },
        { new IOException("broken pipe"), "connection-lost" },
        { new TaskCanceledException("http timeout"), "timeout" },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Every_failure_of_the_network_has_its_own_reason(Exception failure, string code)
    {
        var outcome = await AttemptAsync((_, _) => throw failure);

        Assert.Equal((code, ProblemCategory.Network, ProblemAction.Retry), (outcome.Code, outcome.Category, outcome.Action));
        Assert.NotNull(outcome.Error);
    }

    [Fact]
    public async Task Every_problem_of_the_protocol_is_understood()
    {
        foreach (var type in ProblemTypes.All)
        {
            var outcome = await AttemptAsync((_, _) => Task.FromResult(ControlPlaneDouble.Answer(type.With("what happened"))));

            Assert.Equal((type.Code, type.Category, type.Action, "what happened"), (outcome.Code, outcome.Category, outcome.Action, outcome.Error));
        }
    }

    [Theory]
    [InlineData(200, "<html>welcome</html>", "text/html", "unreadable-answer", ProblemCategory.Data)]
    [InlineData(200, "{}", "application/json", "unreadable-answer", ProblemCategory.Data)]
    [InlineData(404, "not here", "text/plain", "http-404", ProblemCategory.Data)]
    [InlineData(403, "{\"action\":\"stop\"}", "application/json", "http-403", ProblemCategory.Data)]
    [InlineData(502, "bad gateway", "text/html", "http-502", ProblemCategory.Resource)]
    [InlineData(503, "", "text/plain", "http-503", ProblemCategory.Resource)]
    [InlineData(400, "{", "application/problem+json", "http-400", ProblemCategory.Data)]
    public async Task What_is_not_the_protocol_s_is_tried_again_and_never_obeyed(int status, string body, string mediaType, string code, ProblemCategory category)
    {
        var outcome = await AttemptAsync((_, _) => Task.FromResult(new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent(body, new MediaTypeHeaderValue(mediaType)),
        }));

        Assert.Equal((code, category, ProblemAction.Retry), (outcome.Code, outcome.Category, outcome.Action));
    }

    [Theory]
    [InlineData("17", 17)]
    [InlineData("Tue, 24 Nov 2026 12:00:42 GMT", 42)]
    public async Task Retry_after_is_read_in_both_forms(string header, int seconds)
    {
        var outcome = await AttemptAsync((_, _) =>
        {
            var response = ControlPlaneDouble.Answer(ProblemTypes.Overloaded.With("full"));
            response.Headers.TryAddWithoutValidation("Retry-After", header);
            return Task.FromResult(response);
        });

        Assert.Equal(TimeSpan.FromSeconds(seconds), outcome.RetryAfter);
    }

    [Fact]
    public async Task A_date_to_retry_after_goes_by_the_answer_s_clock()
    {
        var outcome = await AttemptAsync((_, _) =>
        {
            var response = ControlPlaneDouble.Answer(ProblemTypes.Overloaded.With("full"));
            response.Headers.Date = Start.AddYears(10);
            response.Headers.RetryAfter = new RetryConditionHeaderValue(Start.AddYears(10).AddSeconds(9));
            return Task.FromResult(response);
        });

        Assert.Equal(TimeSpan.FromSeconds(9), outcome.RetryAfter);
    }

    [Fact]
    public async Task The_first_attempt_may_connect_for_longer_than_the_later_ones_may_take()
    {
        var client = Client(
            async (_, ct) =>
            {
                await new TaskCompletionSource().Task.WaitAsync(ct);
                throw new InvalidOperationException("not reached");
            },
            givesTokens: false);
        var first = SendAsync(client);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(first.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("timeout", (await first).Code);
    }

    [Fact]
    public async Task A_connected_client_gives_an_attempt_its_own_time()
    {
        var hang = false;
        var client = Client(async (_, ct) =>
        {
            if (hang)
            {
                await new TaskCompletionSource().Task.WaitAsync(ct);
            }

            return ControlPlaneDouble.Answer(new HeartbeatAck(0, 0, []), ProtocolJson.Default.HeartbeatAck);
        });
        Assert.True((await SendAsync(client)).Succeeded);
        hang = true;

        var second = SendAsync(client);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal("timeout", (await second).Code);
    }

    [Fact]
    public async Task Cancelling_is_no_outcome()
    {
        using var cancel = new CancellationTokenSource();
        var client = Client(async (_, ct) =>
        {
            await cancel.CancelAsync();
            ct.ThrowIfCancellationRequested();
            throw new InvalidOperationException("not reached");
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.SendHeartbeatAsync(Heartbeat(), cancel.Token));
    }

    private Task<AttemptOutcome> AttemptAsync(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) => SendAsync(Client(answer));

    private static async Task<AttemptOutcome> SendAsync(ControlPlaneClient client) =>
        (await client.SendHeartbeatAsync(Heartbeat(), TestContext.Current.CancellationToken)).Outcome;

    private ControlPlaneClient Client(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer, bool givesTokens = true) => new(
        new GivenTransport(new HttpClient(new Scripted(answer, givesTokens))), new EdgeDeviceOptions { ControlPlane = new Uri("https://control-plane.test") }, new Entropy(new Random(1)), _time);

    private static Heartbeat Heartbeat() => new(new Boot(1, 1), 0, "1", "ok", 0, 0, 0, 0, []);

    private sealed class Scripted(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer, bool givesTokens) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            givesTokens && request.RequestUri!.AbsolutePath == Routes.Token
                ? Task.FromResult(ControlPlaneDouble.Answer(new DeviceToken("token", 600), ProtocolJson.Default.DeviceToken))
                : answer(request, cancellationToken);
    }
}
