using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What makes a heartbeat acceptable: it is kept as it came, so its size is bounded here.</summary>
internal static class HeartbeatRules
{
    private const int TextCharactersMax = 64;
    private const int StreamsMax = Limits.HeartbeatStreamsMax;

    // No message is under way for so long: one that says an earlier time than this was sent after the device's clock was set back.
    private const long LateMicrosecondsMax = 10L * 60 * 1_000_000;

    /// <summary>Whether a later one of the same run has overtaken it on its way.</summary>
    public static bool IsOvertaken(Heartbeat? last, Heartbeat heartbeat) =>
        last is not null && last.Boot == heartbeat.Boot && heartbeat.SentAt < last.SentAt && last.SentAt - heartbeat.SentAt <= LateMicrosecondsMax;

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
        return errors;

        void Require(bool holds, string field, string rule)
        {
            if (!holds)
            {
                errors.TryAdd(field, $"{field} {rule}.");
            }
        }
    }
}
