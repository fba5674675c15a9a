using System.Net.Http.Json;
using System.Text.Json;
using EdgeSync.Protocol;
using Microsoft.IdentityModel.JsonWebTokens;

namespace EdgeSync.Gateway.Tests;

internal static class Answers
{
    public static async Task<Echo> EchoAsync(this HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        var echo = (await response.Content.ReadFromJsonAsync<Echo>(JsonSerializerOptions.Default, TestContext.Current.CancellationToken))!;
        // HTTP/2 writes names in lower case.
        return echo with { Headers = new Dictionary<string, string>(echo.Headers, StringComparer.OrdinalIgnoreCase) };
    }

    /// <summary>The device that the service sees: its token's.</summary>
    public static string? Device(this Echo echo) => new JsonWebToken(echo.Headers["Authorization"]["Bearer ".Length..]).Subject;

    /// <summary>The problem, checked against its type: status, media type and a trace id are part of the promise.</summary>
    public static async Task<Problem> ProblemAsync(this HttpResponseMessage response, ProblemType expected)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Headers.ProblemMediaType, response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize(text, ProtocolJson.Default.Problem)!;
        Assert.Equal((expected.Uri, expected.Status, expected.Action), (problem.Type, problem.Status, problem.Action));
        Assert.Equal(expected.Status, (int)response.StatusCode);
        Assert.False(string.IsNullOrEmpty(problem.TraceId));
        return problem;
    }
}
