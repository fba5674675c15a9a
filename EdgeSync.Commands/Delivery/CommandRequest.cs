using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>What somebody wants of a device's commands, and waits to be committed.</summary>
internal abstract record CommandRequest(DeviceId Device)
{
    /// <summary>About how much text it reads or writes.</summary>
    public abstract long TextCharacters { get; }
}

/// <summary>A command that does not exist yet, unless its idempotency key says otherwise.</summary>
internal sealed record CreateRequest(CommandRow Command) : CommandRequest(Command.DeviceId)
{
    public override long TextCharacters => Command.Payload.Length;

    /// <summary>A single command, as an operator asks for it.</summary>
    public static CreateRequest Of(DeviceId device, CommandId id, CreateCommand command, long now) =>
        new(CommandRow.New(device, id, command, batch: null, now, CommandRules.ExpiresAt(command, now)));
}

/// <summary>Asks for what waits. To a run of the device program that is named, what earlier runs left open is sent again.</summary>
internal sealed record PullRequest(DeviceId Device, DeviceRun? Run) : CommandRequest(Device)
{
    // A guess: most devices find nothing or one command, a page is eight times as much.
    public override long TextCharacters => Limits.CommandPayloadBytesMax;
}

internal sealed record ReceiveRequest(DeviceId Device, ReceiptRequest Receipts) : CommandRequest(Device)
{
    public override long TextCharacters => Limits.CommandPayloadBytesMax;
}

internal sealed record CompleteRequest(DeviceId Device, ResultRequest Results) : CommandRequest(Device)
{
    public override long TextCharacters => Results.Results.Sum(result => (result.Result?.Text.Length ?? 0) + CommandRules.ErrorCharsMax);
}
