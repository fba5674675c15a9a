using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>Compares the operators' and the actuators' journals with the commands in the control plane's database. Pure.</summary>
internal static class CommandAudit
{
    public static void Check(World world, IReadOnlyList<StoredCommand> stored, AuditResult result)
    {
        var byId = stored.ToLookup(command => command.Id);
        var byKey = stored.Where(command => command.Key is not null).ToLookup(command => command.Key!);
        foreach (var issued in world.Commands)
        {
            var rows = (issued.Id is { } id ? byId[id].Concat(byKey[issued.Key].Where(row => row.Id != id)) : byKey[issued.Key]).ToList();
            if (rows.Count == 0 && issued.Id is null)
            {
                // The control plane never answered and never took it.
                continue;
            }

            result.CommandsIssued++;
            if (rows.Count == 0)
            {
                result.CommandsLost++;
                result.Differ($"command {issued.Id}: issued to device {DataFolder.Name(issued.Device)} and nowhere in the control plane");
            }
            else
            {
                CheckEnd(rows, world.Effects.GetValueOrDefault(rows[0].Id), result);
            }
        }

        foreach (var (id, count) in world.Effects.Where(effect => !byId.Contains(effect.Key)))
        {
            result.Differ($"command {id}: took effect {count} times, and is nowhere in the control plane");
        }
    }

    private static void CheckEnd(List<StoredCommand> rows, int effects, AuditResult result)
    {
        var command = rows[0];
        if (rows.Count > 1 || effects > 1)
        {
            result.CommandsRepeated++;
            result.Differ($"command {command.Id}: kept {rows.Count} times, took effect {effects} times");
        }

        switch (command.State)
        {
            case CommandState.Succeeded:
                result.CommandsSucceeded++;
                break;
            case CommandState.Failed:
                result.CommandsFailed++;
                break;
            case CommandState.Interrupted:
                result.CommandsInterrupted++;
                break;
            case CommandState.Expired:
                result.CommandsExpired++;
                break;
            case CommandState.Cancelled:
                result.CommandsCancelled++;
                break;
            default:
                result.CommandsUnfinished++;
                result.Differ($"command {command.Id}: still {Words.Of(command.State)}");
                break;
        }

        if (command is { State: CommandState.Succeeded or CommandState.Failed, CompletedAt: { } completedAt })
        {
            result.CommandLatenciesMs.Add((completedAt - command.CreatedAt) / 1_000.0);
        }

        if (command.State == CommandState.Succeeded && effects == 0)
        {
            result.Differ($"command {command.Id}: reported as succeeded, but it took no effect");
        }
    }
}
