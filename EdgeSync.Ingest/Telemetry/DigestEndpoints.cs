using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Ingest;

internal static class DigestEndpoints
{
    public static void MapDigests(this IEndpointRouteBuilder app) =>
        app.MapPost(Routes.TelemetryDigests, QueryAsync).RequireDevice().WithName("QueryDigests").WithSummary("Compares a stream's digests at some positions");

    private static async Task<Results<Ok<DigestAnswer>, ProblemResult>> QueryAsync(
        DigestQuery query, DeviceIdentity device, DigestStore store, CancellationToken ct)
    {
        if (query.Positions.Count > Limits.DigestPositionsMax || query.Positions.Any(position => position < 0))
        {
            var error = $"positions has at most {Limits.DigestPositionsMax} numbers of 0 or more; ask for the rest in another query.";
            return (ProblemTypes.Validation.With(error) with { Errors = new() { ["positions"] = error } }).ToResult();
        }

        if (query.RefusedAfter < 0)
        {
            const string Error = "refusedAfter is a number of 0 or more, or left out.";
            return (ProblemTypes.Validation.With(Error) with { Errors = new() { ["refusedAfter"] = Error } }).ToResult();
        }

        return TypedResults.Ok(await store.ReadAsync(new StreamKey(device.Id, query.Epoch), query.Positions, query.RefusedAfter, ct));
    }
}
