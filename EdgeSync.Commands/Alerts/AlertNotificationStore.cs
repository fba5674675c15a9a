using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What webhooks are told, were told, and could not be told.</summary>
internal sealed class AlertNotificationStore(ControlPlaneDatabase database)
{
    private const string Columns = """
        notification_id AS Id, webhook AS Webhook, rule AS Rule, event AS Event, body AS Body, state AS State, attempts AS Attempts, created_at AS CreatedAt,
        next_attempt_at AS NextAttemptAt, sent_at AS SentAt, last_error AS LastError
        """;

    private const string AddSql = """
        INSERT INTO alert_notifications (notification_id, webhook, rule, event, body, state, attempts, created_at, next_attempt_at, sent_at, last_error)
        VALUES (@Id, @Webhook, @Rule, @Event, @Body, @State, @Attempts, @CreatedAt, @NextAttemptAt, @SentAt, @LastError) ON CONFLICT (notification_id) DO NOTHING
        """;

    /// <summary>Adds notifications that wait, within the transaction that decides about them.</summary>
    public static Task<int> AddAsync(DbTransaction transaction, IReadOnlyList<PlannedNotification> planned, long now) =>
        transaction.ExecuteAsync(AddSql, planned.Select(notification => NotificationRow.Of(notification, now)));

    /// <summary>Adds notifications as they stand.</summary>
    public Task<int> AddAsync(IReadOnlyList<NotificationRow> rows, CancellationToken ct) =>
        database.WriteAsync(
            WriteOnce.Isolation,
            async transaction =>
            {
                await transaction.ExecuteAsync(AddSql, rows);
                return rows.Count;
            },
            ct);

    private const string DueSql = """
        SELECT notification_id FROM alert_notifications WHERE state = 'waiting' AND next_attempt_at <= @now ORDER BY next_attempt_at LIMIT @limit
        """;

    private const string ClaimSql = $"""
        UPDATE alert_notifications SET attempts = attempts + 1, next_attempt_at = @until WHERE notification_id = @id AND state = 'waiting' AND next_attempt_at <= @now
        RETURNING {Columns}
        """;

    private const string FindSql = $"SELECT {Columns} FROM alert_notifications WHERE notification_id = @id";

    /// <summary>Takes notifications that are due; nobody else tries them until then.</summary>
    public Task<List<NotificationRow>> ClaimAsync(long now, long until, int limit, CancellationToken ct) =>
        database.WriteOnceAsync<List<NotificationRow>>(
            async transaction =>
            {
                var claimed = new List<NotificationRow>();
                foreach (var id in await transaction.QueryAsync<string>(DueSql, new { now, limit }))
                {
                    if (await transaction.FindAsync<NotificationRow>(ClaimSql, new { id, now, until }) is { } row)
                    {
                        claimed.Add(row);
                    }
                }

                return new(claimed, claimed.Count == 0 ? null : async transaction => await transaction.FindAsync<NotificationRow>(FindSql, new { id = claimed[0].Id }) == claimed[0]);
            },
            ct);

    private const string SettleSql = """
        UPDATE alert_notifications SET state = @State, next_attempt_at = @NextAttemptAt, sent_at = @SentAt, last_error = @LastError
        WHERE notification_id = @Id AND state = 'waiting' AND attempts = @Attempts
        """;

    /// <summary>Writes down how attempts went.</summary>
    public Task<int> SettleAsync(IReadOnlyList<NotificationRow> tried, CancellationToken ct) =>
        database.WriteAsync(
            WriteOnce.Isolation,
            async transaction =>
            {
                await transaction.ExecuteAsync(SettleSql, tried);
                return tried.Count;
            },
            ct);

    private const string ListSql = $"""
        SELECT {Columns} FROM alert_notifications WHERE notification_id < @after AND (@state = '' OR state = @state) ORDER BY notification_id DESC LIMIT @limit
        """;

    /// <summary>The newest first.</summary>
    public Task<Page<AlertNotificationView>> ListAsync(NotificationState? state, string? after, int limit, CancellationToken ct) =>
        database.ReadAsync(
            async transaction => Paging.ToPage(
                await transaction.QueryAsync<NotificationRow>(ListSql, new { after = after ?? AlertIds.Last, state = state is { } wanted ? Words.Of(wanted) : "", limit = limit + 1 }),
                limit,
                row => row.ToView(),
                row => row.Id),
            ct);

    private const string RetrySql = """
        UPDATE alert_notifications SET state = 'waiting', attempts = 0, next_attempt_at = @now WHERE notification_id = @id AND state = 'dead'
        """;

    /// <summary>Has one tried again that was given up; any other stays as it is. Null for one that does not exist.</summary>
    public Task<AlertNotificationView?> RetryAsync(string id, long now, CancellationToken ct) =>
        database.WriteAsync(
            WriteOnce.Isolation,
            async transaction =>
            {
                await transaction.ExecuteAsync(RetrySql, new { id, now });
                return (await transaction.FindAsync<NotificationRow>(FindSql, new { id }))?.ToView();
            },
            ct);
}
