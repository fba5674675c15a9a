using System.Data;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Forgets alerts, notifications and silences that are long over.</summary>
internal sealed class AlertHistoryStore(ControlPlaneDatabase database)
{
    private const string AlertsSql = """
        DELETE FROM alerts WHERE alert_id IN (SELECT alert_id FROM alerts WHERE unfinished = 0 AND resolved_at < @cutoff LIMIT @limit)
        """;

    private const string ManyAlertsSql = """
        DELETE FROM alerts WHERE alert_id IN (SELECT alert_id FROM alerts WHERE unfinished = 0 ORDER BY alert_id DESC LIMIT @limit OFFSET @max)
        """;

    private const string NotificationsSql = """
        DELETE FROM alert_notifications WHERE notification_id IN (SELECT notification_id FROM alert_notifications WHERE created_at < @cutoff LIMIT @limit)
        """;

    private const string ManyNotificationsSql = """
        DELETE FROM alert_notifications WHERE notification_id IN (SELECT notification_id FROM alert_notifications ORDER BY notification_id DESC LIMIT @limit OFFSET @max)
        """;

    private const string SilencesSql = "DELETE FROM alert_silences WHERE until_at < @cutoff";

    /// <summary>Deletes what ended before a time, and what is more than so many; at most so many rows of each, and how many went of all.</summary>
    public async Task<int> ForgetAsync(long cutoff, int max, int limit, CancellationToken ct)
    {
        var deleted = 0;
        foreach (var sql in new[] { AlertsSql, ManyAlertsSql, NotificationsSql, ManyNotificationsSql, SilencesSql })
        {
            // Each by itself: by age and count alone, so whoever does it again finds nothing left.
            deleted += await database.WriteAsync(IsolationLevel.ReadCommitted, transaction => transaction.ExecuteAsync(sql, new { cutoff, max, limit }), ct);
        }

        return deleted;
    }
}
