using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

internal static class RepairEndpoints
{
    public static void MapRepair(this IEndpointRouteBuilder app) =>
        app.MapPost(Routes.TelemetryRepair, RepairAsync).RequireDevice().WithName("RepairTelemetry").WithSummary("Replaces damaged entries by what their device has")
            .WithColumns("TelemetryRepair of EdgeSync.Protocol/Telemetry/telemetry.proto, as Protobuf or as its JSON. gzip and br are decoded.");

    private static async Task<Results<Ok<RepairAnswer>, ProblemResult>> RepairAsync(
        RequestBody body, DeviceIdentity device, RepairStore store, VerificationSlots slots, IOptions<IngestOptions> options, IngestMetrics metrics, CancellationToken ct)
    {
        if (ColumnsBody.Decode(body, TelemetryCodec.DecodeRepairProtobuf, TelemetryCodec.DecodeRepairJson, out var repair) is { } problem)
        {
            return problem;
        }

        if (VerificationRules.Check(repair!) is { } error)
        {
            return FieldErrors.Refuse("runs", error);
        }

        using var slot = slots.TryTake();
        if (slot is null)
        {
            return VerificationEndpoints.TooMany(options.Value);
        }

        var answer = await store.RepairAsync(new StreamKey(device.Id, repair!.Epoch), repair, ct);
        metrics.Repaired(answer.Replaced);
        return answer is { Replaced: 0, Refused: [var first, ..] }
            ? (ProblemTypes.ContentMismatch.With($"With these entries the block from {first.From} to {first.To} does not end in the digest that was acknowledged; nothing was changed.") with { Epoch = repair.Epoch }).ToResult()
            : TypedResults.Ok(answer);
    }
}
