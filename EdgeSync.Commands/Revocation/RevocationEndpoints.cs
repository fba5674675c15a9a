using System.Globalization;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Who may not enter, for gateways.</summary>
internal static class RevocationEndpoints
{
    private const string MediaType = "application/jose";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    public static void MapRevocations(this IEndpointRouteBuilder app) =>
        app.MapGet(Routes.Revocations, GetAsync).WithName("GetRevocations").ExcludeFromDescription().AllowAnyone("No gateway leads to it, and what it answers is signed: gateways have no token of their own.");

    private static async Task<Results<ContentHttpResult, ProblemResult>> GetAsync(string? version, RevocationStatements statements, HttpResponse response, CancellationToken ct)
    {
        var errors = new FieldErrors();
        long known = -1;
        errors.Add("version", version is null || long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out known) ? null : "'version' is that of the list that is known, 0 or more.");
        if (errors.Any)
        {
            return errors.ToResult();
        }

        if (await statements.GetAsync(version is null ? null : known, ct) is not { } statement)
        {
            return ProblemTypes.Unavailable.With("The list of who may not enter cannot be made; the log says why.").ToResult(RetryAfter);
        }

        response.Headers.CacheControl = "no-store";
        return TypedResults.Text(statement, MediaType);
    }
}
