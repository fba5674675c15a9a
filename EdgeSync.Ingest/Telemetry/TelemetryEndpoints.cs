using System.Diagnostics;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

internal static class TelemetryEndpoints
{
    public static void MapTelemetry(this IEndpointRouteBuilder app) =>
        app.MapPost(Routes.Telemetry, AppendAsync).RequireDevice().WithName("AppendTelemetry").WithSummary("Stores a batch of readings, exactly once")
            .WithColumns("Columns of readings: TelemetryBatch of EdgeSync.Protocol/Telemetry/telemetry.proto, as Protobuf or as its JSON; docs/protocol.md has both. gzip and br are decoded.");

    private static async Task<Results<Ok<TelemetryAck>, ProblemResult>> AppendAsync(
        RequestBody body, [FromHeader(Name = Headers.Batch)] string? header, DeviceIdentity device,
        GroupCommit commit, IOptions<IngestOptions> options, TimeProvider time, CancellationToken ct)
    {
        if (!TelemetryBody.TryRead(body, header, out var batch, out var problem))
        {
            return problem;
        }

        return await commit.WriteAsync(new AppendRequest(device.Id, CheckedBatch.Of(batch), time.GetMicroseconds()), ct) switch
        {
            WriteOutcome.Acknowledged done => TypedResults.Ok(done.Ack),
            WriteOutcome.Conflict conflict => Answer(conflict),
            var refused => WriteProblems.Of(refused, options.Value),
        };
    }

    private static ProblemResult Answer(WriteOutcome.Conflict conflict)
    {
        var detail = conflict.Type.Code switch
        {
            "sequence-hole" => $"Everything up to {conflict.Watermark} is accounted for; resume at {conflict.Watermark + 1}.",
            "digest-mismatch" => $"The stream's history up to {conflict.Watermark} differs from what is stored; find the last equal position with a digest query and go on in a new epoch.",
            "content-mismatch" => "The batch's entries do not add up to digestAfter; check the rows and declare an altered one corrupt.",
            _ => throw new UnreachableException(),
        };
        return (conflict.Type.With(detail) with { Epoch = conflict.Epoch, Watermark = conflict.Watermark, Digest = conflict.Digest }).ToResult();
    }
}
