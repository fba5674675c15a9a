using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Enrolment tokens, for operators.</summary>
internal static class EnrolmentTokenEndpoints
{
    private const int SecretBytes = 32;

    public static void MapEnrolmentTokens(this IEndpointRouteBuilder app)
    {
        app.MapPost(Routes.EnrolmentTokens, CreateAsync).WithName("CreateEnrolmentToken").WithSummary("Creates a token that devices enrol with").RequireFleetWrite();
        app.MapGet(Routes.EnrolmentTokens, ListAsync).WithName("ListEnrolmentTokens").WithSummary("Enrolment tokens").RequireFleetRead();
        app.MapDelete(Routes.EnrolmentToken, RevokeAsync).WithName("RevokeEnrolmentToken").WithSummary("Revokes an enrolment token").RequireFleetWrite();
    }

    /// <summary>What the database keeps of a secret. It has 256 random bits: a slow hash would guard nothing.</summary>
    public static Digest HashOf(string secret) => new(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private static async Task<Results<Created<EnrolmentTokenCreated>, ProblemResult>> CreateAsync(
        CreateEnrolmentToken create, EnrolmentTokenStore store, HttpResponse response, TimeProvider time, CancellationToken ct)
    {
        if (EnrolmentTokenRules.Check(create) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        var now = time.GetUtcNow();
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        var view = await store.CreateAsync(Guid.CreateVersion7(now).ToString("D"), HashOf(secret), create, Microseconds.From(now), ct);
        response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"{Routes.EnrolmentTokens}/{view.Id}", new EnrolmentTokenCreated(secret, view));
    }

    private static async Task<Results<Ok<Page<EnrolmentTokenView>>, ProblemResult>> ListAsync(string? after, string? limit, EnrolmentTokenStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var most = Paging.ReadLimit(limit, errors);
        errors.Add("after", after is null || Guid.TryParseExact(after, "D", out _) ? null : "'after' is the 'next' of the page before.");
        return errors.Any ? errors.ToResult() : TypedResults.Ok(await store.ListAsync(after ?? "", most, ct));
    }

    private static async Task<Results<NoContent, ProblemResult>> RevokeAsync(string token, EnrolmentTokenStore store, TimeProvider time, CancellationToken ct) =>
        Guid.TryParseExact(token, "D", out _) && await store.RevokeAsync(token, time.GetMicroseconds(), ct)
            ? TypedResults.NoContent()
            : ProblemTypes.NotFound.With($"The path names no enrolment token. GET {Routes.EnrolmentTokens} lists them.").ToResult();
}
