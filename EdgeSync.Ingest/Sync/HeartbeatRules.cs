using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What makes a heartbeat acceptable: it is kept as it came, so its size is bounded here.</summary>
internal static class HeartbeatRules
{
    private const int TextCharactersMax = 64;
    private const long IntervalMillisecondsMax = 24 * 60 * 60 * 1_000;
    private const int StreamsMax = Limits.HeartbeatStreamsMax;

    // No message is under way for so long: one that says an earlier time than this was sent after the device's clock was set back.
    private const long LateMicrosecondsMax = 10L * 60 * 1_000_000;

    /// <summary>Whether a later one of the same run has overtaken it on its way.</summary>
    public static bool IsOvertaken(Heartbeat? last, Heartbeat heartbeat) =>
        last is not null && last.Boot == heartbeat.Boot && heartbeat.SentAt < last.SentAt && last.SentAt - heartbeat.SentAt <= LateMicrosecondsMax;

    /// <summary>A text of a heartbeat for a column of its own: PostgreSQL keeps no U+0000. The heartbeat itself is kept as it came.</summary>
    public static string ColumnText(string text) => text.Replace('\0', '\uFFFD');

    /// <summary>What is wrong, a field each; empty when nothing is.</summary>
    public static Dictionary<string, string> Check(Heartbeat heartbeat)
    {
        var errors = new Dictionary<string, string>();
        Require(heartbeat.Boot.Number >= 1, "boot.number", "is 1 or more");
        Require(Microseconds.IsRepresentable(heartbeat.SentAt), "sentAt", "lies in the years 1 to 9999");
        Require(Microseconds.IsRepresentable(heartbeat.ReasonSince), "reasonSince", "lies in the years 1 to 9999");
        Require(heartbeat.OldestPendingAt is not { } oldest || Microseconds.IsRepresentable(oldest), "oldestPendingAt", "lies in the years 1 to 9999");
        Require(heartbeat.AgentVersion.Length is > 0 and <= TextCharactersMax, "agentVersion", $"has 1 to {TextCharactersMax} characters");
        Require(heartbeat.Reason.Length is > 0 and <= TextCharactersMax, "reason", $"is a reason code of 1 to {TextCharactersMax} characters, 'ok' when the device is syncing");
        Require(heartbeat is { PendingRecords: >= 0, PendingBytes: >= 0 }, "pendingRecords", "and pendingBytes are 0 or more");
        Require(heartbeat.DeadLetters >= 0, "deadLetters", "is 0 or more");
        Require(heartbeat.DiskFreeBytes is not < 0, "diskFreeBytes", "is 0 or more, or left out");
        Require(heartbeat.Streams.Count <= StreamsMax, "streams", $"has at most {StreamsMax} entries: those that the device still has rows of and the live one, newest first");
        Require(heartbeat.Streams.All(stream => stream is { Epoch.Value: > 0, Head: >= 0, Acknowledged: >= 0 }), "streams", "have a positive epoch, and head and acknowledged of 0 or more");
        Require(heartbeat.NextAttemptAt is not { } next || Microseconds.IsRepresentable(next), "nextAttemptAt", "lies in the years 1 to 9999, or is left out");
        Require(heartbeat.Lanes is not { Count: > Limits.HeartbeatLanesMax }, "lanes", $"has at most {Limits.HeartbeatLanesMax} entries: the kinds of exchange that do not work");
        Require(heartbeat.Lanes?.All(IsLane) != false, "lanes", $"have a name and a reason code of 1 to {TextCharactersMax} characters each, and times in the years 1 to 9999");
        Require(heartbeat.IntervalMilliseconds is null or (>= 1 and <= IntervalMillisecondsMax), "intervalMilliseconds", $"is 1 to {IntervalMillisecondsMax}, or left out");
        Require(
            heartbeat.Storage is null or { DatabaseBytes: >= 0, FreeBytes: >= 0, BytesMax: not < 0, ReclaimedBytes: >= 0, Dropped: >= 0, Refused: >= 0, Salvages: >= 0 }
                && (heartbeat.Storage?.SalvagedAt is not { } salvaged || Microseconds.IsRepresentable(salvaged)),
            "storage",
            "has numbers of 0 or more, and a time in the years 1 to 9999");
        return errors;

        static bool IsLane(LaneReason? lane) =>
            lane is { Lane.Length: > 0 and <= TextCharactersMax, Reason.Length: > 0 and <= TextCharactersMax } && Microseconds.IsRepresentable(lane.Since)
            && (lane.NextAttemptAt is not { } at || Microseconds.IsRepresentable(at));

        void Require(bool holds, string field, string rule)
        {
            if (!holds)
            {
                errors.TryAdd(field, $"{field} {rule}.");
            }
        }
    }
}
