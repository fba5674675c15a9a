using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeSync.ServiceDefaults.Tests;

public sealed class ProblemTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unknown_path_is_a_problem()
    {
        await using var service = await SmallService.StartAsync();

        using var response = await service.Client.GetAsync("/nowhere", Ct);

        await ProblemAsync(response, ProblemTypes.NotFound);
    }

    [Fact]
    public async Task A_fault_of_a_request_whose_sender_has_gone_ends_quietly()
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services, RequestAborted = new CancellationToken(canceled: true) };

        Assert.True(await new FaultHandler(NullLogger<FaultHandler>.Instance).TryHandleAsync(context, new TimeoutException(), Ct));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_resets_a_request_is_neither_an_error_nor_a_problem(bool isCancelled)
    {
        using var logs = new LogLines();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(logs));
        var context = new DefaultHttpContext { RequestAborted = new CancellationToken(isCancelled) };
        Exception gone = isCancelled ? new OperationCanceledException() : new ConnectionResetException("The client reset the request stream.");

        Assert.True(await new FaultHandler(factory.CreateLogger<FaultHandler>()).TryHandleAsync(context, gone, Ct));

        Assert.Equal(StatusCodes.Status499ClientClosedRequest, context.Response.StatusCode);
        Assert.Empty(logs.All);
    }

    [Fact]
    public async Task Wrong_method_is_a_problem_and_names_the_right_one()
    {
        await using var service = await SmallService.StartAsync();

        using var response = await service.Client.GetAsync("/digests", Ct);

        await ProblemAsync(response, ProblemTypes.MethodNotAllowed);
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Wrong_media_type_is_a_problem()
    {
        await using var service = await SmallService.StartAsync();

        using var response = await service.Client.PostAsync("/digests", new StringContent("a", Encoding.UTF8, "text/plain"), Ct);

        await ProblemAsync(response, ProblemTypes.UnsupportedMediaType);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""{"epoch":"7","positions":null}""")]
    [InlineData("""{"epoch":"7","positions":["0x"]}""")]
    [InlineData("""{"epoch":"7","epoch":"8","positions":["1"]}""")]
    public async Task Body_that_cannot_be_read_is_a_problem_that_says_where(string body)
    {
        await using var service = await SmallService.StartAsync();

        using var response = await service.Client.PostAsync("/digests", Json(body), Ct);

        var problem = await ProblemAsync(response, ProblemTypes.MalformedBody);
        Assert.Contains("query", problem.Detail, StringComparison.Ordinal);
        Assert.Empty(service.Logs.All);
    }

    [Fact]
    public async Task Body_is_read_and_written_as_the_protocol_says()
    {
        await using var service = await SmallService.StartAsync();

        using var response = await service.Client.PostAsync("/digests", Json("""{"epoch":"7","positions":["1",2],"unknown":true}"""), Ct);

        Assert.Equal("""{"epoch":"7","positions":["1","2"]}""", await response.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task Fault_is_a_problem_that_tells_nothing_and_is_logged_once()
    {
        await using var service = await SmallService.StartAsync();

        using var response = await service.Client.GetAsync("/fault", Ct);

        var problem = await ProblemAsync(response, ProblemTypes.Internal);
        Assert.DoesNotContain("secret", JsonSerializer.Serialize(problem, ProtocolJson.Default.Problem), StringComparison.Ordinal);
        Assert.Equal("GET /fault failed", Assert.Single(service.Logs.All));
    }

    [Fact]
    public async Task Problem_of_the_framework_keeps_its_status_and_detail()
    {
        await using var service = await SmallService.StartAsync();

        using var response = await service.Client.GetAsync("/teapot", Ct);

        var problem = await response.Content.ReadFromJsonAsync(ProtocolJson.Default.Problem, Ct);
        Assert.Equal((418, 418, "As the framework says it."), ((int)response.StatusCode, problem!.Status, problem.Detail));
    }

    [Theory]
    [InlineData(400, "malformed-body")]
    [InlineData(401, "token-missing")]
    [InlineData(403, "role-missing")]
    [InlineData(404, "not-found")]
    [InlineData(405, "method-not-allowed")]
    [InlineData(408, "unavailable")]
    [InlineData(413, "body-too-large")]
    [InlineData(415, "unsupported-media-type")]
    [InlineData(429, "rate-limited")]
    [InlineData(431, "malformed-body")]
    [InlineData(500, "internal")]
    [InlineData(502, "unavailable")]
    [InlineData(503, "unavailable")]
    [InlineData(504, "unavailable")]
    [InlineData(505, "internal")]
    public void Every_status_has_a_type(int status, string code)
    {
        var problem = StatusProblems.For(status);

        Assert.Equal((status, code), (problem.Status, problem.Code));
    }

    internal static async Task<Problem> ProblemAsync(HttpResponseMessage response, ProblemType expected)
    {
        Assert.Equal(Headers.ProblemMediaType, response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(Ct), ProtocolJson.Default.Problem)!;
        Assert.Equal((expected.Uri, expected.Title, expected.Category, expected.Action), (problem.Type, problem.Title, problem.Category, problem.Action));
        Assert.Equal((expected.Status, expected.Status), ((int)response.StatusCode, problem.Status));
        Assert.False(string.IsNullOrEmpty(problem.TraceId));
        return problem;
    }

    private static StringContent Json(string body) => new(body, MediaTypeHeaderValue.Parse(Headers.JsonMediaType));
}
