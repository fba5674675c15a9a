using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Silences, for operators.</summary>
internal static class AlertSilenceEndpoints
{
    public static void MapAlertSilences(this IEndpointRouteBuilder app)
    {
        app.MapPost(Routes.AlertSilences, CreateAsync).WithName("CreateAlertSilence").WithSummary("Holds notifications of alerts back for a time").RequireFleetWrite();
        app.MapGet(Routes.AlertSilences, ListAsync).WithName("ListAlertSilences").WithSummary("Silences, the newest first").RequireFleetRead();
        app.MapDelete(Routes.AlertSilence, DeleteAsync).WithName("DeleteAlertSilence").WithSummary("Ends a silence").RequireFleetWrite();
    }

    private static async Task<Results<Created<AlertSilenceView>, ProblemResult>> CreateAsync(
        CreateAlertSilence silence, AlertSilenceStore store, TimeProvider time, CancellationToken ct)
    {
        var now = time.GetMicroseconds();
        return AlertRules.Check(silence, now) is { Any: true } errors ? errors.ToResult()
            : await store.CreateAsync(silence, now, ct) is { } view ? TypedResults.Created($"{Routes.AlertSilences}/{view.Id}", view)
            : FieldErrors.Refuse("silence", $"{Limits.AlertSilencesMax} silences hold already; end some, or name more devices by one selector.");
    }

    private static async Task<Results<Ok<Page<AlertSilenceView>>, ProblemResult>> ListAsync(string? after, string? limit, AlertSilenceStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var most = Paging.ReadLimit(limit, errors);
        var last = AlertEndpoints.ReadAfter(after, errors);
        return errors.Any ? errors.ToResult() : TypedResults.Ok(await store.ListAsync(last, most, ct));
    }

    private static async Task<Results<NoContent, ProblemResult>> DeleteAsync(string silence, AlertSilenceStore store, CancellationToken ct) =>
        AlertIds.IsId(silence) && await store.DeleteAsync(silence, ct)
            ? TypedResults.NoContent()
            : ProblemTypes.NotFound.With($"There is no such silence. GET {Routes.AlertSilences} lists them.").ToResult();
}
