using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>Commands as the control plane keeps them; every pull leases what has no receipt, and sends a later run again what it has not shown to hold.</summary>
internal sealed class CommandsDouble
{
    private readonly Dictionary<CommandId, Boot> _toldToRun = [];
    private readonly Dictionary<CommandId, Boot> _heldBy = [];

    public List<CommandEnvelope> Waiting { get; } = [];

    public Dictionary<CommandId, CommandState> States { get; } = [];

    public List<CommandResult> Results { get; } = [];

    public CommandId Create(string kind, string payload = "null", long remainingMilliseconds = 60_000)
    {
        var id = new CommandId(Guid.NewGuid());
        Waiting.Add(new CommandEnvelope(id, kind, new JsonValue(payload), remainingMilliseconds, 1));
        States[id] = CommandState.Pending;
        return id;
    }

    public CommandDelivery Deliver(long intentVersion, Boot run) => new([.. Waiting.Where(command => IsFor(command.Id, run))], intentVersion, false);

    public ReceiptAnswer Receive(ReceiptRequest request) => new([.. request.Commands.Select(id => Receive(id, request.Boot))]);

    public ResultAnswer Finish(ResultRequest request)
    {
        foreach (var result in request.Results)
        {
            Results.Add(result);
            States[result.Id] = result.Outcome switch
            {
                CommandOutcome.Succeeded => CommandState.Succeeded,
                CommandOutcome.Failed => CommandState.Failed,
                _ => CommandState.Interrupted,
            };
        }

        return new ResultAnswer([.. request.Results.Select(result => new ResultReceipt(result.Id, false, States[result.Id]))]);
    }

    private bool IsFor(CommandId id, Boot run) => States[id] is CommandState.Pending or CommandState.Leased
        || (States[id] == CommandState.Delivered && _heldBy[id].Nonce != run.Nonce && _heldBy[id].Number < run.Number);

    private Receipt Receive(CommandId id, Boot boot)
    {
        if (!States.TryGetValue(id, out var state) || state is not (CommandState.Pending or CommandState.Leased or CommandState.Delivered))
        {
            return new Receipt(id, ReceiptVerdict.Drop, 0, States.TryGetValue(id, out var known) ? known : null);
        }

        States[id] = CommandState.Delivered;
        var verdict = _toldToRun.TryGetValue(id, out var earlier) && earlier.Nonce != boot.Nonce ? ReceiptVerdict.Resume : ReceiptVerdict.Run;
        _toldToRun.TryAdd(id, boot);
        _heldBy[id] = boot;
        return new Receipt(id, verdict, Waiting.Single(command => command.Id == id).RemainingMilliseconds, CommandState.Delivered);
    }
}
