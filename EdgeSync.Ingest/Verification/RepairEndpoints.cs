using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace EdgeSync.Ingest;

internal static class RepairEndpoints
{
    public static void MapRepair(this IEndpointRouteBuilder app) =>
        app.MapPost(Routes.TelemetryRepair, RepairAsync).RequireDevice().WithName("RepairTelemetry").WithSummary("Replaces damaged entries by what their device has").AddOpenApiOperationTransformer(DescribeBody);

    // The body is decoded by hand, so its form is in no signature.
    private static Task DescribeBody(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        operation.RequestBody = new OpenApiRequestBody
        {
            Description = "TelemetryRepair of EdgeSync.Protocol/Telemetry/telemetry.proto, as Protobuf or as its JSON. gzip and br are decoded.",
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType> { [Headers.ProtobufMediaType] = new(), [Headers.JsonMediaType] = new() },
        };
        return Task.CompletedTask;
    }

    private static async Task<Results<Ok<RepairAnswer>, ProblemResult>> RepairAsync(
        RequestBody body, DeviceIdentity device, RepairStore store, VerificationSlots slots, IOptions<IngestOptions> options, IngestMetrics metrics, CancellationToken ct)
    {
        if (body.Problem is { } unreadable)
        {
            return unreadable;
        }

        TelemetryRepair repair;
        try
        {
            switch (body.MediaType)
            {
                case Headers.ProtobufMediaType:
                    repair = TelemetryCodec.DecodeRepairProtobuf(body.Bytes);
                    break;
                case Headers.JsonMediaType:
                    repair = TelemetryCodec.DecodeRepairJson(body.Bytes);
                    break;
                default:
                    return ProblemTypes.UnsupportedMediaType.With($"Send {Headers.ProtobufMediaType} or {Headers.JsonMediaType}.").ToResult();
            }
        }
        catch (MalformedBatchException e)
        {
            return ProblemTypes.MalformedBody.With(e.Message).ToResult();
        }

        if (VerificationRules.Check(repair) is { } error)
        {
            return (ProblemTypes.Validation.With(error) with { Errors = new() { ["runs"] = error } }).ToResult();
        }

        using var slot = slots.TryTake();
        if (slot is null)
        {
            return VerificationEndpoints.TooMany(options.Value);
        }

        var answer = await store.RepairAsync(new StreamKey(device.Id, repair.Epoch), repair, ct);
        metrics.Repaired(answer.Replaced);
        return answer is { Replaced: 0, Refused: [var first, ..] }
            ? (ProblemTypes.ContentMismatch.With($"With these entries the block from {first.From} to {first.To} does not end in the digest that was acknowledged; nothing was changed.") with { Epoch = repair.Epoch }).ToResult()
            : TypedResults.Ok(answer);
    }
}
