using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>A row of <c>alert_notifications</c>.</summary>
internal sealed record NotificationRow
{
    private const int ErrorCharsMax = 256;

    private static readonly string Waiting = Words.Of(NotificationState.Waiting);

    public string Id { get; init; } = "";

    public string Webhook { get; init; } = "";

    public string Rule { get; init; } = "";

    public string Event { get; init; } = "";

    public string Body { get; init; } = "";

    public string State { get; init; } = Waiting;

    public int Attempts { get; init; }

    public long CreatedAt { get; init; }

    public long? NextAttemptAt { get; init; }

    public long? SentAt { get; init; }

    public string? LastError { get; init; }

    public bool IsWaiting => State == Waiting;

    public static NotificationRow Of(PlannedNotification planned, long now) => new()
    {
        Id = planned.Notification.Id,
        Webhook = planned.Webhook,
        Rule = planned.Notification.Rule,
        Event = Words.Of(planned.Notification.Event),
        Body = JsonSerializer.Serialize(planned.Notification, ProtocolJson.Default.AlertNotification),
        CreatedAt = now,
        NextAttemptAt = now,
    };

    /// <summary>After an attempt, which <see cref="Attempts"/> counts already.</summary>
    /// <param name="error">Why it failed; null where it did not.</param>
    /// <param name="now">Microseconds since 1970.</param>
    public NotificationRow After(string? error, long now) => error is null
        ? this with { State = Words.Of(NotificationState.Sent), NextAttemptAt = null, SentAt = now }
        : NotificationDecision.WaitAfter(Id, Attempts) is { } wait
            ? this with { NextAttemptAt = now + wait, LastError = Texts.Cut(error, ErrorCharsMax) }
            : this with { State = Words.Of(NotificationState.Dead), NextAttemptAt = null, LastError = Texts.Cut(error, ErrorCharsMax) };

    public AlertNotificationView ToView() => new(
        Id, Webhook, Rule, Words.Parse<AlertEvent>(Event), Words.Parse<NotificationState>(State), Attempts, CreatedAt, new JsonValue(Body), NextAttemptAt, SentAt, LastError);
}
