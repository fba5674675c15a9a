using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Alerts, for operators.</summary>
internal static class AlertEndpoints
{
    public static void MapAlerts(this IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.Alerts, ListAsync).WithName("ListAlerts").WithSummary("Alerts, the newest first").RequireFleetRead();
        app.MapGet(Routes.Alert, GetAsync).WithName("GetAlert").WithSummary("One alert").RequireFleetRead();
        app.MapPost(Routes.AlertAcknowledge, AcknowledgeAsync).WithName("AcknowledgeAlert").WithSummary("Takes note of an alert: it is not told again").RequireFleetWrite();
    }

    /// <summary>Reads <c>after</c> of a list whose ids are <see cref="AlertIds"/>; the errors tell when it is none.</summary>
    public static string? ReadAfter(string? after, FieldErrors errors)
    {
        errors.Add("after", after is null || AlertIds.IsId(after) ? null : "'after' is the 'next' of the page before.");
        return after;
    }

    private static async Task<Results<Ok<Page<AlertView>>, ProblemResult>> ListAsync(
        string? state, string? severity, string? rule, string? device, string? after, string? limit, AlertStore store, TimeProvider time, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var isId = DeviceId.TryParse(device, out var id);
        errors.Add("device", device is null || isId ? null : "A device is named by its id, a UUID.");
        errors.Add("rule", rule is null ? null : AlertRules.CheckName(rule));
        var filter = new AlertFilter(
            Paging.ReadWord<AlertState>("state", state, "A state is one of:", errors),
            Paging.ReadWord<AlertSeverity>("severity", severity, "A severity is one of:", errors),
            rule,
            isId ? id : null);
        var most = Paging.ReadLimit(limit, errors);
        var last = ReadAfter(after, errors);
        return errors.Any ? errors.ToResult() : TypedResults.Ok(await store.ListAsync(filter, last, most, time.GetMicroseconds(), ct));
    }

    private static async Task<Results<Ok<AlertView>, ProblemResult>> GetAsync(string alert, AlertStore store, TimeProvider time, CancellationToken ct) =>
        AlertIds.IsId(alert) && await store.FindAsync(alert, time.GetMicroseconds(), ct) is { } view ? TypedResults.Ok(view) : NotFound();

    private static async Task<Results<Ok<AlertView>, ProblemResult>> AcknowledgeAsync(
        string alert, AcknowledgeAlert acknowledge, AlertStore store, TimeProvider time, CancellationToken ct) =>
        AlertRules.Check(acknowledge) is { Any: true } errors ? errors.ToResult()
        : AlertIds.IsId(alert) && await store.AcknowledgeAsync(alert, acknowledge.Note, time.GetMicroseconds(), ct) is { } view ? TypedResults.Ok(view)
        : NotFound();

    private static ProblemResult NotFound() =>
        ProblemTypes.NotFound.With($"There is no such alert; it may be past the time that alerts are kept, or never have fired. GET {Routes.Alerts} lists them.").ToResult();
}
