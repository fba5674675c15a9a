using System.Collections.Concurrent;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Until when ready commands may begin, by the running time: the control plane tells what is left, so that no wall clock matters.</summary>
internal sealed class CommandDeadlines(TimeProvider time)
{
    private readonly ConcurrentDictionary<CommandId, (long At, TimeSpan Remaining)> _deadlines = new();

    public void Set(CommandId id, long remainingMilliseconds)
    {
        // No more can wait to run; what is left of others will not be asked for.
        if (_deadlines.Count >= CommandStore.UnfinishedMax)
        {
            _deadlines.TryRemove(_deadlines.MinBy(deadline => deadline.Value.At).Key, out _);
        }

        _deadlines[id] = (time.GetTimestamp(), TimeSpan.FromMilliseconds(Math.Clamp(remainingMilliseconds, 0, (long)Limits.CommandExpiryMax.TotalMilliseconds)));
    }

    public bool IsOver(CommandId id) => _deadlines.TryRemove(id, out var deadline) && time.GetElapsedTime(deadline.At) >= deadline.Remaining;
}
