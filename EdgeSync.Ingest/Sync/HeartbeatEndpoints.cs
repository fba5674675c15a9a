using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

internal static class HeartbeatEndpoints
{
    public static void MapHeartbeats(this IEndpointRouteBuilder app) =>
        app.MapPost(Routes.Heartbeat, KeepAsync).RequireDevice().WithName("KeepHeartbeat").WithSummary("Keeps what a device says of itself");

    private static async Task<Results<Ok<HeartbeatAck>, ProblemResult>> KeepAsync(
        Heartbeat heartbeat, DeviceIdentity device, GroupCommit commit, IOptions<IngestOptions> options, TimeProvider time, CancellationToken ct)
    {
        if (HeartbeatRules.Check(heartbeat) is { Count: > 0 } errors)
        {
            return (ProblemTypes.Validation.With(string.Join(' ', errors.Values)) with { Errors = errors }).ToResult();
        }

        return await commit.WriteAsync(new HeartbeatRequest(device.Id, heartbeat, time.GetMicroseconds()), ct) switch
        {
            WriteOutcome.HeartbeatKept kept => TypedResults.Ok(kept.Ack),
            var refused => WriteProblems.Of(refused, options.Value),
        };
    }
}
