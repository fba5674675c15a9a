using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Reads what came back over HTTP, bounded in size, and tells the control plane's words from those of something between.</summary>
internal static class HttpAnswers
{
    private const int AnswerBytesMax = 8 * 1024 * 1024;

    public static async Task<Attempt<T>> ReadAnswerAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class
    {
        if (await ReadBodyAsync(response, type, ct) is { Answer: { } answer } body)
        {
            return new Attempt<T>(answer, AttemptOutcome.Success, body.Bytes);
        }

        // An answer that came is no fault of the network: it holds up the lane that asked, and no other.
        return new Attempt<T>(null, AttemptOutcome.Unreadable(
            $"The answer (status {(int)response.StatusCode}) is not the control plane's; check the address and what lies between."));
    }

    // Only a problem of the protocol may tell a device to drop or stop: a proxy's error page may not.
    public static async Task<AttemptOutcome> ReadFailureAsync(HttpResponseMessage response, TimeProvider time, CancellationToken ct)
    {
        var retryAfter = RetryAfter(response, time);
        var status = (int)response.StatusCode;
        var problem = response.Content.Headers.ContentType?.MediaType == Headers.ProblemMediaType
            ? (await ReadBodyAsync(response, ProtocolJson.Default.Problem, ct)).Answer
            : null;
        return problem is not null
            ? AttemptOutcome.Of(problem, retryAfter)
            : new AttemptOutcome(
                FormattableString.Invariant($"http-{status}"),
                status is >= 500 or 429 ? ProblemCategory.Resource : ProblemCategory.Data,
                RetryAfter: retryAfter,
                Error: $"Status {status} without a problem of the protocol; something between device and control plane may have answered.");
    }

    private static async Task<(T? Answer, long Bytes)> ReadBodyAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        using var body = new MemoryStream();
        var buffer = new byte[8 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, ct)) > 0)
        {
            if (body.Length + read > AnswerBytesMax)
            {
                return (null, body.Length);
            }

            body.Write(buffer, 0, read);
        }

        try
        {
            return (JsonSerializer.Deserialize(body.GetBuffer().AsSpan(0, (int)body.Length), type), body.Length);
        }
        catch (JsonException)
        {
            return (null, body.Length);
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        // By the answer's own clock where it has one: the device's may be wrong.
        { Date: { } date } => date - (response.Headers.Date ?? time.GetUtcNow()),
        _ => null,
    };
}
