using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

internal static class VerificationEndpoints
{
    public static void MapVerification(this IEndpointRouteBuilder app)
    {
        app.MapPost(Routes.TelemetryVerify, VerifyAsync).RequireDevice().WithName("VerifyTelemetry").WithSummary("Tells digests over ranges of what is stored");
        app.MapPost(Routes.TelemetryRows, ReadRowsAsync).RequireDevice().WithName("ReadOwnTelemetry").WithSummary("Returns a device its stored readings by number");
    }

    private static async Task<Results<Ok<VerifyAnswer>, ProblemResult>> VerifyAsync(
        VerifyQuery query, DeviceIdentity device, VerificationStore store, VerificationSlots slots, IOptions<IngestOptions> options, CancellationToken ct)
    {
        if (VerificationRules.Check(query) is { } error)
        {
            return Refuse(error);
        }

        using var slot = slots.TryTake();
        return slot is null
            ? TooMany(options.Value)
            : TypedResults.Ok(await store.VerifyAsync(new StreamKey(device.Id, query.Epoch), query.Ranges, ct));
    }

    /// <summary>Others are verified already.</summary>
    public static ProblemResult TooMany(IngestOptions options) =>
        ProblemTypes.Overloaded.With("Other devices are being verified; send the same again later.").ToResult(options.RetryAfter);

    private static async Task<Results<Ok<RowsAnswer>, ProblemResult>> ReadRowsAsync(RowsQuery query, DeviceIdentity device, VerificationStore store, CancellationToken ct) =>
        VerificationRules.Check(query) is { } error
            ? Refuse(error)
            : TypedResults.Ok(await store.ReadRowsAsync(new StreamKey(device.Id, query.Epoch), query.Ranges, ct));

    private static ProblemResult Refuse(string error) => FieldErrors.Refuse("ranges", error);
}
