using System.Diagnostics;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>
/// A group of requests in memory: a store puts in what it read under its locks, each request is decided upon the state that those before it left, and the store writes what
/// has changed. Pure, so every database decides alike.
/// </summary>
/// <param name="options">Leases and attempts.</param>
/// <param name="now">The control plane's clock, microseconds since 1970.</param>
internal sealed class CommandLedger(CommandsOptions options, long now)
{
    private readonly Dictionary<DeviceId, Dictionary<CommandId, CommandRow>> _rows = [];
    private readonly Dictionary<DeviceId, long> _intentVersions = [];
    private readonly SortedDictionary<DeviceId, long> _counted = [];
    private readonly List<CommandRow> _created = [];
    private readonly Dictionary<(DeviceId, CommandId), CommandRow> _changed = [];

    /// <summary>Commands as they were created, in order; what the same group did to them is among what has changed.</summary>
    public IReadOnlyList<CommandRow> Created => _created;

    /// <summary>Commands as they stand now, that stood otherwise when they were read or created.</summary>
    public IReadOnlyCollection<CommandRow> Changed => _changed.Values;

    /// <summary>Devices whose intent version was counted up, in the order of their ids.</summary>
    public IReadOnlyDictionary<DeviceId, long> Counted => _counted;

    /// <summary>A command that a request of the group asks for, or may have to change; it may be put more than once.</summary>
    public void Put(CommandRow row) => RowsOf(row.DeviceId)[row.CommandId] = row;

    /// <summary>The device's intent version; 0 where nothing is put.</summary>
    public void PutIntentVersion(DeviceId device, long version) => _intentVersions[device] = version;

    public DeliveryOutcome Decide(CommandRequest request)
    {
        var work = new CommandWork(RowsOf(request.Device));
        DeliveryOutcome outcome = request switch
        {
            CreateRequest create => Create(create.Command, work),
            PullRequest { Run: { } run } when LeaseDecision.NumberTaken(work, run) is { } number => new StaleRun(number),
            PullRequest pull => new LeaseOutcome(
                LeaseDecision.Of(work, pull.Run, _intentVersions.GetValueOrDefault(pull.Device), options, now), work.Steps),
            ReceiveRequest receive => new ReceiptOutcome(ReportDecision.Receive(work, receive.Receipts, now), work.Steps),
            CompleteRequest complete => new ResultOutcome(ReportDecision.Complete(work, complete.Results, now), work.Steps),
            _ => throw new UnreachableException(),
        };
        foreach (var row in work.Changed)
        {
            _changed[(row.DeviceId, row.CommandId)] = row;
        }

        return outcome;
    }

    private CreateOutcome Create(CommandRow command, CommandWork work)
    {
        var rows = RowsOf(command.DeviceId);
        if (command.IdempotencyKey is { } key && rows.Values.FirstOrDefault(row => row.IdempotencyKey == key) is { } existing)
        {
            return (existing.Kind, existing.Payload, existing.SupersedeKey) == (command.Kind, command.Payload, command.SupersedeKey)
                ? new CommandRepeated(existing.ToView())
                : new KeyTaken(existing.CommandId);
        }

        var version = _intentVersions.GetValueOrDefault(command.DeviceId) + 1;
        _intentVersions[command.DeviceId] = _counted[command.DeviceId] = version;
        var created = command with { IntentOrder = version };
        if (created.SupersedeKey is { } subject)
        {
            work.Supersede([.. rows.Values.Where(row => row.SupersedeKey == subject)], _ => created.CommandId, now);
        }

        rows.Add(created.CommandId, created);
        _created.Add(created);
        return new CommandCreated(created.ToView(), version, work.Steps);
    }

    private Dictionary<CommandId, CommandRow> RowsOf(DeviceId device)
    {
        if (!_rows.TryGetValue(device, out var rows))
        {
            _rows.Add(device, rows = []);
        }

        return rows;
    }
}
