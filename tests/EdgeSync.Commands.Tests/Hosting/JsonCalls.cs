using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>Messages of the protocol over HTTP.</summary>
internal static class JsonCalls
{
    public static Task<HttpResponseMessage> SendAsync(this HttpClient client, HttpMethod method, string path, object? message = null) =>
        client.SendTextAsync(method, path, message is null ? null : JsonSerializer.Serialize(message, message.GetType(), ProtocolJson.Default));

    public static async Task<HttpResponseMessage> SendTextAsync(this HttpClient client, HttpMethod method, string path, string? json)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, MediaTypeHeaderValue.Parse(Protocol.Headers.JsonMediaType));
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static async Task<T> SendAsync<T>(this HttpClient client, HttpMethod method, string path, object? message = null)
    {
        using var response = await client.SendAsync(method, path, message);
        return await response.ReadAsync<T>();
    }

    public static async Task<T> ReadAsync<T>(this HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return (T)JsonSerializer.Deserialize(text, typeof(T), ProtocolJson.Default)!;
    }

    public static async Task<Problem> RefusedAsync(this Task<HttpResponseMessage> call, ProblemType type)
    {
        using var response = await call;
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == type.Status, $"{(int)response.StatusCode} {text}");
        var problem = JsonSerializer.Deserialize(text, ProtocolJson.Default.Problem)!;
        Assert.Equal(type.Code, problem.Code);
        return problem;
    }
}
