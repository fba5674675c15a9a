using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Ingest;

internal static class ReceiptEndpoints
{
    public static void MapReceipts(this IEndpointRouteBuilder app) =>
        app.MapPost(Routes.TelemetryReceipts, SignAsync).RequireDevice().WithName("SignReceipt").WithSummary("Signs what is stored of a stream, for who asks later");

    private static async Task<Results<Ok<DurabilityAnswer>, ProblemResult>> SignAsync(
        DurabilityQuery query, DeviceIdentity device, ReceiptStore store, ReceiptSigner signer, IngestMetrics metrics, TimeProvider time, CancellationToken ct)
    {
        if (query.To is < 0)
        {
            return FieldErrors.Refuse("to", "to is a number of 0 or more, or left out.");
        }

        if (await store.ReadAsync(new StreamKey(device.Id, query.Epoch), query.To, time.GetMicroseconds(), ct) is not { } receipt)
        {
            return ProblemTypes.NotFound.With("There is no digest of this stream at that number: nothing has come so far, a gap covers it, or its readings have expired.").ToResult();
        }

        if (signer.Sign(receipt) is not { } statement)
        {
            return ProblemTypes.NotFound.With("This control plane signs no receipts: it has no key for them, or its certificate has expired.").ToResult();
        }

        await store.NoteAsync(receipt, ct);
        metrics.Signed();
        return TypedResults.Ok(new DurabilityAnswer(statement));
    }
}
