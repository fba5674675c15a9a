using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Ingest;

internal static class DigestEndpoints
{
    public static void MapDigests(this IEndpointRouteBuilder app) =>
        app.MapPost(Routes.TelemetryDigests, Query).RequireDevice().WithName("QueryDigests").Produces<DigestAnswer>();

    private static Results<JsonHttpResult<DigestAnswer>, ProblemResult> Query(RequestBody body, DeviceIdentity device, DigestStore store)
    {
        if (!JsonBody.TryRead(body, ProtocolJson.Default.DigestQuery, out var query, out var problem))
        {
            return problem;
        }

        if (query.Positions.Count > Limits.DigestPositionsMax || query.Positions.Any(position => position < 0))
        {
            var error = $"positions has at most {Limits.DigestPositionsMax} numbers of 0 or more; ask for the rest in another query.";
            return (ProblemTypes.Validation.With(error) with { Errors = new() { ["positions"] = error } }).ToResult();
        }

        return TypedResults.Json(store.Read(new StreamKey(device.Id, query.Epoch), query.Positions), ProtocolJson.Default.DigestAnswer);
    }
}
