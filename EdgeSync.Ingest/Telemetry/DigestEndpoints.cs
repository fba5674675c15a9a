using System.Globalization;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Ingest;

internal static class DigestEndpoints
{
    public static void MapDigests(this IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.DeviceDigests, ReadAsync).RequireFleetRead().WithName("GetDeviceDigest").WithSummary("Recomputes a stream's digest at a number");
        app.MapPost(Routes.TelemetryDigests, QueryAsync).RequireDevice().WithName("QueryDigests").WithSummary("Compares a stream's digests at some positions");
    }

    // Parameters as texts: what cannot be read is a problem of the protocol's, with the field's name.
    private static async Task<Results<Ok<DigestAnswer>, ProblemResult>> ReadAsync(string device, string? epoch, string? at, VerificationStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        errors.Add("device", DeviceId.TryParse(device, out var id) ? null : "A device id is a UUID with hyphens.");
        errors.Add("epoch", Epoch.TryParse(epoch, out var stream) ? null : "An epoch is a positive number.");
        errors.Add("at", long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? null : "A number in the stream is 0 or more.");
        return errors.Any ? errors.ToResult() : TypedResults.Ok(await store.RecomputeAsync(new StreamKey(id, stream), number, ct));
    }

    private static async Task<Results<Ok<DigestAnswer>, ProblemResult>> QueryAsync(
        DigestQuery query, DeviceIdentity device, DigestStore store, CancellationToken ct)
    {
        if (query.Positions.Count > Limits.DigestPositionsMax || query.Positions.Any(position => position < 0))
        {
            var error = $"positions has at most {Limits.DigestPositionsMax} numbers of 0 or more; ask for the rest in another query.";
            return FieldErrors.Refuse("positions", error);
        }

        if (query.RefusedAfter < 0)
        {
            return FieldErrors.Refuse("refusedAfter", "refusedAfter is a number of 0 or more, or left out.");
        }

        return TypedResults.Ok(await store.ReadAsync(new StreamKey(device.Id, query.Epoch), query.Positions, query.RefusedAfter, ct));
    }
}
