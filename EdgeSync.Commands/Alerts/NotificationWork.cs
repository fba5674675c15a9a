using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Sends what waits for webhooks. Any number of instances may do so at once: each takes notifications for itself, and what one leaves is due again.</summary>
internal sealed partial class NotificationWork(
    AlertNotificationStore store, DirectNotifications direct, WebhookSender sender, DatabaseWatch watch, AlertMetrics metrics, TimeProvider time, ILogger<NotificationWork> log)
    : PeriodicWork(Interval, "Notifications of alerts could not be sent", time, log)
{
    private const int NotificationsMax = 50;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Longer than a webhook's turn takes with all that is claimed for it, each of which may take its whole time.
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(15);

    /// <summary>Sends all that is due.</summary>
    public async Task SendAsync(CancellationToken ct)
    {
        if (sender.Audience.Count == 0)
        {
            return;
        }

        direct.Add(await TryAsync(direct.TakeDue(Time.GetMicroseconds()), ct));
        if (watch.IsAway)
        {
            return;
        }

        await KeepDirectAsync(ct);
        while (await ClaimAsync(ct) is { Count: > 0 } claimed)
        {
            await store.SettleAsync(await TryAsync(claimed, ct), ct);
        }
    }

    protected override Task RoundAsync(CancellationToken ct) => SendAsync(ct);

    private Task<List<NotificationRow>> ClaimAsync(CancellationToken ct)
    {
        var now = Time.GetMicroseconds();
        return store.ClaimAsync(now, now + (long)Claim.TotalMicroseconds, NotificationsMax, ct);
    }

    private async Task KeepDirectAsync(CancellationToken ct)
    {
        var rows = direct.TakeAll();
        try
        {
            if (rows.Count > 0)
            {
                await store.AddAsync(rows, ct);
                rows = [];
            }
        }
        finally
        {
            direct.Add(rows);
        }
    }

    // Webhooks do not wait for each other; each has its own in their order.
    private async Task<IReadOnlyList<NotificationRow>> TryAsync(IReadOnlyList<NotificationRow> due, CancellationToken ct)
    {
        var tried = await Task.WhenAll(due.GroupBy(row => row.Webhook).Select(async rows =>
        {
            var done = new List<NotificationRow>();
            foreach (var row in rows.OrderBy(row => row.Id, StringComparer.Ordinal))
            {
                var error = await sender.SendAsync(row, ct);
                done.Add(row.After(error, Time.GetMicroseconds()));
                Tell(done[^1], error);
            }

            return done;
        }));
        return [.. tried.SelectMany(rows => rows)];
    }

    private void Tell(NotificationRow row, string? error)
    {
        metrics.Tried(row.Webhook, error is null ? "sent" : row.IsWaiting ? "retried" : "dead");
        if (error is not null && !row.IsWaiting)
        {
            LogDead(row.Id, row.Rule, row.Webhook, error);
        }
        else if (error is not null && row.Attempts == 1)
        {
            LogFailed(row.Id, row.Rule, row.Webhook, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Notification {Notification} of alert rule {Rule} was not taken by webhook {Webhook}: {Reason} It is tried again")]
    private partial void LogFailed(string notification, string rule, string webhook, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Notification {Notification} of alert rule {Rule} is given up: webhook {Webhook} has not taken it for as long as it is tried: {Reason}")]
    private partial void LogDead(string notification, string rule, string webhook, string reason);
}
