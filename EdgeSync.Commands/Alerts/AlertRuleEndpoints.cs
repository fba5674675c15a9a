using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>The rules that alerts come from, for operators.</summary>
internal static class AlertRuleEndpoints
{
    public static void MapAlertRules(this IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.AlertRules, ListAsync).WithName("ListAlertRules").WithSummary("The rules that hold, by name").RequireFleetRead();
        app.MapPut(Routes.AlertRule, PutAsync).WithName("PutAlertRule").WithSummary("Sets a rule, in place of one of the same name").RequireFleetWrite();
        app.MapDelete(Routes.AlertRule, DeleteAsync).WithName("DeleteAlertRule").WithSummary("Takes back what operators have set; a rule of the settings or the program holds again").RequireFleetWrite();
    }

    private static async Task<Ok<AlertRulesView>> ListAsync(AlertRuleStore store, AlertRuleBook book, CancellationToken ct) =>
        TypedResults.Ok(new AlertRulesView(book.With(await store.ReadAsync(ct))));

    private static async Task<Results<Ok<AlertRuleView>, ProblemResult>> PutAsync(string rule, AlertRuleWrite write, AlertRuleStore store, TimeProvider time, CancellationToken ct)
    {
        var named = write.Named(rule);
        return AlertRules.Check(named) is { Any: true } errors ? errors.ToResult()
            : await store.SetAsync(named, time.GetMicroseconds(), ct) is { } view ? TypedResults.Ok(view)
            : FieldErrors.Refuse("rule", $"Operators have set {Limits.AlertRulesMax} rules already; delete one first.");
    }

    private static async Task<Results<NoContent, ProblemResult>> DeleteAsync(string rule, AlertRuleStore store, AlertRuleBook book, CancellationToken ct) =>
        await store.DeleteAsync(rule, ct) || book.Find(rule) is not null
            ? TypedResults.NoContent()
            : ProblemTypes.NotFound.With($"There is no such rule. GET {Routes.AlertRules} lists them.").ToResult();
}
