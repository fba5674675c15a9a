using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using EdgeSync.Protocol;
using Xunit;

namespace EdgeSync.Testing;

/// <summary>Many bodies to one endpoint. Whatever comes is answered, and never as a fault of ours but that there is too much.</summary>
public static class FuzzRun
{
    private const int BodiesDefault = 1_000;
    private const int Senders = 8;

    // What the process may keep: pools of connections, statements and buffers, whose size does not depend on how many bodies came.
    private const long KeptBytesMax = 48L * 1024 * 1024;

    /// <summary>Bodies for each endpoint: the environment's EDGESYNC_FUZZ, 1,000 where it is not set.</summary>
    public static int Bodies =>
        int.Parse(Environment.GetEnvironmentVariable("EDGESYNC_FUZZ") is { Length: > 0 } text ? text : $"{BodiesDefault}", CultureInfo.InvariantCulture);

    /// <summary>Sends them, eight at once.</summary>
    /// <param name="bodies">How many.</param>
    /// <param name="cases">What they are drawn from.</param>
    /// <param name="request">A case's request.</param>
    /// <param name="send">Sends one.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>How many were answered with which status, the lowest first.</returns>
    public static async Task<IReadOnlyDictionary<int, int>> SendAsync<T>(
        int bodies, Gen<T> cases, Func<T, HttpRequestMessage> request, Func<HttpRequestMessage, Task<HttpResponseMessage>> send, CancellationToken ct)
    {
        var statuses = new SortedDictionary<int, int>();
        await cases.SampleAsync(
            async one =>
            {
                using var question = request(one);
                using var answer = await send(question);
                var status = (int)answer.StatusCode;
                if (status >= 500)
                {
                    var problem = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(ct), ProtocolJson.Default.Problem);
                    var body = question.Content is null ? [] : await question.Content.ReadAsByteArrayAsync(ct);
                    Assert.True(problem?.Code == ProblemTypes.Overloaded.Code, $"{question.RequestUri} answered {status} {problem?.Code} to {Encoding.Latin1.GetString(body)}");
                }

                lock (statuses)
                {
                    statuses[status] = statuses.GetValueOrDefault(status) + 1;
                }
            },
            iter: bodies,
            threads: Senders);
        Assert.Equal(bodies, statuses.Values.Sum());
        return statuses;
    }

    /// <summary>How they were answered, for a test's output.</summary>
    public static string Describe(IReadOnlyDictionary<int, int> statuses) => string.Join(", ", statuses.Select(pair => $"{pair.Value} x {pair.Key}"));

    /// <summary>Runs what sends bodies, and requires that it leaves the process's memory as it was, but for what warms up.</summary>
    /// <returns>A sentence with the numbers.</returns>
    public static async Task<string> MeasureAsync(Func<Task> send)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var begunAt = TimeProvider.System.GetTimestamp();
        await send();
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.InRange(after - before, long.MinValue, KeptBytesMax);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{TimeProvider.System.GetElapsedTime(begunAt).TotalSeconds:F0} s; memory {before / 1024} KiB before, {after / 1024} KiB after; at most {Environment.WorkingSet / 1024} KiB of working set.");
    }
}
