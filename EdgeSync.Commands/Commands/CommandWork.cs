using System.Data.Common;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>The commands that one transaction moves: read once, stepped in memory, written together.</summary>
internal sealed class CommandWork(Dictionary<CommandId, CommandRow>? rows = null)
{
    private readonly Dictionary<CommandId, CommandRow> _rows = rows ?? [];
    private readonly Dictionary<CommandId, CommandRow> _changed = [];
    private readonly List<CommandStep> _steps = [];

    /// <summary>Steps from one state to another, a lease excepted.</summary>
    public IReadOnlyList<CommandStep> Steps => _steps;

    /// <summary>The commands as they stand after the steps so far.</summary>
    public IReadOnlyCollection<CommandRow> Rows => _rows.Values;

    /// <summary>Those of them that stand otherwise than they did.</summary>
    public IReadOnlyCollection<CommandRow> Changed => _changed.Values;

    /// <summary>The command as it stands after the steps so far.</summary>
    public CommandRow? Find(CommandId id) => _rows.GetValueOrDefault(id);

    public void Step(CommandRow row, CommandStatus next)
    {
        if (next != row.Status)
        {
            Change(row, next);
            if (next.State != row.Status.State)
            {
                _steps.Add(new CommandStep(next, row.CreatedAt));
            }
        }
    }

    /// <summary>Cancels what the device does not hold yet, for a newer command of the same subject.</summary>
    public void Supersede(IEnumerable<CommandRow> earlier, Func<DeviceId, CommandId> newer, long now)
    {
        foreach (var row in earlier)
        {
            Step(row, CommandLifecycle.Expire(row.Status, now) ?? CommandLifecycle.Cancel(row.Status, $"Superseded by {newer(row.DeviceId)}.", now) ?? row.Status);
        }
    }

    public CommandRow Lease(CommandRow row, CommandStatus lease) => Change(row, lease);

    /// <summary>Writes what has changed. The answer tells whether it stands; null when there was nothing.</summary>
    public async Task<Func<DbTransaction, Task<bool>>?> SaveAsync(DbTransaction transaction)
    {
        await CommandRow.SaveAsync(transaction, _changed.Values);
        return _changed.Values.FirstOrDefault() is { } changed ? changed.StandsAsync : null;
    }

    private CommandRow Change(CommandRow row, CommandStatus next) => _rows[row.CommandId] = _changed[row.CommandId] = row.With(next);
}
