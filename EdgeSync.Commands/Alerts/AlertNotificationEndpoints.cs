using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>What webhooks were told and could not be told, for operators.</summary>
internal static class AlertNotificationEndpoints
{
    public static void MapAlertNotifications(this IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.AlertNotifications, ListAsync).WithName("ListAlertNotifications").WithSummary("Notifications of alerts, the newest first").RequireFleetRead();
        app.MapPost(Routes.AlertNotificationRetry, RetryAsync).WithName("RetryAlertNotification").WithSummary("Has a notification tried again that was given up").RequireFleetWrite();
    }

    private static async Task<Results<Ok<Page<AlertNotificationView>>, ProblemResult>> ListAsync(
        string? state, string? after, string? limit, AlertNotificationStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var most = Paging.ReadLimit(limit, errors);
        var last = AlertEndpoints.ReadAfter(after, errors);
        var wanted = Paging.ReadWord<NotificationState>("state", state, "A state is one of:", errors);
        return errors.Any ? errors.ToResult() : TypedResults.Ok(await store.ListAsync(wanted, last, most, ct));
    }

    private static async Task<Results<Ok<AlertNotificationView>, ProblemResult>> RetryAsync(
        string notification, AlertNotificationStore store, NotificationWork work, TimeProvider time, CancellationToken ct)
    {
        if (!AlertIds.IsId(notification) || await store.RetryAsync(notification, time.GetMicroseconds(), ct) is not { } view)
        {
            return ProblemTypes.NotFound.With($"There is no such notification. GET {Routes.AlertNotifications} lists them.").ToResult();
        }

        work.Wake();
        return TypedResults.Ok(view);
    }
}
