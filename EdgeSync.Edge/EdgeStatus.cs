using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>How a device stands.</summary>
/// <param name="Device">Its identity.</param>
/// <param name="Boot">The run of its program.</param>
/// <param name="LiveEpoch">The stream that new readings go to.</param>
/// <param name="Reason">Why it is not syncing, see docs/recovery.md; <c>ok</c> when it is.</param>
/// <param name="ReasonSince">Since when.</param>
/// <param name="PendingRecords">Entries not yet acknowledged.</param>
/// <param name="OldestPendingAt">When the oldest of them was recorded, microseconds since 1970; null when there is none.</param>
/// <param name="PendingCommands">Commands that are not over, or whose end was not told.</param>
/// <param name="DeadLetters">Readings set aside.</param>
/// <param name="EventStreamConnected">Whether the control plane can call it.</param>
/// <param name="LastError">The last failure, for a person.</param>
/// <param name="Streams">Streams with pending entries, and the live one.</param>
/// <param name="Lanes">Each kind of exchange by itself.</param>
/// <param name="Counters">Counts since it was opened.</param>
/// <param name="CertificateNotAfter">When its certificate ends; null when it has none, or when the device's program brings it.</param>
/// <param name="NextAttemptAt">When it tries again what <paramref name="Reason"/> is about; null when it is syncing, or when a pause holds it back.</param>
public sealed record EdgeStatus(
    DeviceId Device,
    Boot Boot,
    Epoch LiveEpoch,
    string Reason,
    DateTimeOffset ReasonSince,
    long PendingRecords,
    long? OldestPendingAt,
    int PendingCommands,
    int DeadLetters,
    bool EventStreamConnected,
    string? LastError,
    IReadOnlyList<StreamPosition> Streams,
    IReadOnlyList<LaneStatus> Lanes,
    EdgeCounters Counters,
    DateTimeOffset? CertificateNotAfter = null,
    DateTimeOffset? NextAttemptAt = null);

/// <summary>How one kind of exchange stands.</summary>
/// <param name="Lane"><c>certificate</c>, <c>commands</c>, <c>config</c>, <c>telemetry</c>, <c>backlog</c>, <c>heartbeat</c> or <c>verification</c>.</param>
/// <param name="Reason">Why it does not work; <c>ok</c> when it does.</param>
/// <param name="Since">Since when.</param>
/// <param name="NextAttemptAt">When it tries again; null when it waits for nothing.</param>
/// <param name="Attempts">Failures that its next wait is reckoned from.</param>
/// <param name="Error">Its last failure, for a person.</param>
public sealed record LaneStatus(string Lane, string Reason, DateTimeOffset Since, DateTimeOffset? NextAttemptAt, int Attempts, string? Error);

/// <summary>Counts since a device was opened.</summary>
/// <param name="Batches">Telemetry batches sent, resent ones too.</param>
/// <param name="ResentBatches">Batches that began at the same number as the one before: its answer was lost or refused.</param>
/// <param name="EntriesAcknowledged">Entries that the control plane has accounted for.</param>
/// <param name="CommandsRun">Commands that a handler ran or that could not be run.</param>
/// <param name="Renewals">Times that its certificate was renewed.</param>
/// <param name="Errors">Failed attempts by category.</param>
public sealed record EdgeCounters(
    long Batches, long ResentBatches, long EntriesAcknowledged, long CommandsRun, long Renewals, IReadOnlyDictionary<ProblemCategory, long> Errors)
{
    /// <summary>Nothing yet.</summary>
    public static EdgeCounters None { get; } = new(0, 0, 0, 0, 0, new Dictionary<ProblemCategory, long>());

    /// <summary>Counts of two openings of a device together.</summary>
    public static EdgeCounters operator +(EdgeCounters left, EdgeCounters right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Add(right);
    }

    /// <summary>Counts of two openings of a device together.</summary>
    public EdgeCounters Add(EdgeCounters other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new EdgeCounters(
            Batches + other.Batches,
            ResentBatches + other.ResentBatches,
            EntriesAcknowledged + other.EntriesAcknowledged,
            CommandsRun + other.CommandsRun,
            Renewals + other.Renewals,
            Errors.Keys.Union(other.Errors.Keys).ToDictionary(
                category => category, category => Errors.GetValueOrDefault(category) + other.Errors.GetValueOrDefault(category)));
    }
}
