using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What is done with readings that were set aside, and a line of <c>sync_log</c> for it.</summary>
internal sealed class DeadLetters(DeadLetterStore store, SyncLogStore syncLog, int most)
{
    public DeadLetterReplay Replay(DeadLetterSelection selection)
    {
        var replay = store.Replay(selection);
        syncLog.Write("telemetry", "replayed", FormattableString.Invariant($"{replay.Replayed} dead letters are new readings; {replay.Refused.Count} stay{First(replay.Refused.Select(refused => refused.Entry))}."));
        return replay;
    }

    public int Discard(DeadLetterSelection selection)
    {
        var names = store.Discard(selection);
        syncLog.Write("telemetry", "discarded", FormattableString.Invariant($"{names.Count} dead letters were discarded{First(names)}."));
        return names.Count;
    }

    /// <summary>Keeps them bounded.</summary>
    public void Trim()
    {
        if (store.Trim(most) is > 0 and var gone)
        {
            syncLog.Write("telemetry", "discarded", FormattableString.Invariant($"{gone} dead letters, the oldest, were discarded: there are {most} at most."));
        }
    }

    private static string First(IEnumerable<EntryName> names) => names.Take(3).ToList() is { Count: > 0 } few ? $", the first {string.Join(", ", few)}" : "";
}
