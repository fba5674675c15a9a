using System.Collections.Concurrent;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Which traces commands belong to, from their delivery to their run. In memory alone: a restart loses what a trace would have shown, and nothing else.</summary>
internal sealed class CommandTraces
{
    private readonly ConcurrentDictionary<CommandId, string> _traceparents = new();

    /// <summary>Keeps what came with commands; for no more of them than may wait to run.</summary>
    public void Keep(IReadOnlyList<CommandEnvelope> commands)
    {
        foreach (var command in commands)
        {
            if (command.Traceparent is { } traceparent && _traceparents.Count < CommandStore.UnfinishedMax)
            {
                _traceparents[command.Id] = traceparent;
            }
        }
    }

    /// <summary>What came with a command, once; null for none.</summary>
    public string? Take(CommandId id) => _traceparents.TryRemove(id, out var traceparent) ? traceparent : null;

    /// <summary>The command will not run.</summary>
    public void Forget(CommandId id) => _traceparents.TryRemove(id, out _);
}
