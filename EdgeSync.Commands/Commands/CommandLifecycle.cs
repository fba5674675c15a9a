using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>A command's steps, as the table in docs/protocol.md has them. Each gives the command after it, or null where it is not allowed.</summary>
internal static class CommandLifecycle
{
    public static CommandStatus? Lease(CommandStatus command, long now, long leaseUntil) =>
        command.State == CommandState.Pending && now < command.ExpiresAt
            ? command with { State = CommandState.Leased, LeaseUntil = leaseUntil, Attempts = command.Attempts + 1 }
            : null;

    /// <summary>The lease is over without a receipt: it waits again, until the attempts are used up.</summary>
    public static CommandStatus? EndLease(CommandStatus command, long now, int attemptsMax)
    {
        if (command.State != CommandState.Leased || now < command.LeaseUntil)
        {
            return null;
        }

        return command.Attempts < attemptsMax
            ? command with { State = CommandState.Pending, LeaseUntil = null }
            : End(command, CommandState.Expired, $"Sent {command.Attempts} times without a receipt.", now);
    }

    public static CommandStatus? Expire(CommandStatus command, long now) =>
        IsWaiting(command) && now >= command.ExpiresAt ? End(command, CommandState.Expired, "Not delivered in time.", now) : null;

    public static CommandStatus? Cancel(CommandStatus command, string reason, long now) =>
        IsOpen(command) ? End(command, CommandState.Cancelled, reason, now) : null;

    public static CommandStatus? Deliver(CommandStatus command, DeliveryMark mark) =>
        IsWaiting(command) && mark.At < command.ExpiresAt
            ? command with { State = CommandState.Delivered, LeaseUntil = null, Delivery = mark, HeldBy = mark.Boot }
            : null;

    /// <summary>
    /// A later run of the device program shows another epoch than the one that the command was received in: the file that held the command was lost or rolled back.
    /// A run that goes on into a new epoch keeps what it holds, and a delayed message of an earlier run says nothing.
    /// </summary>
    public static CommandStatus? BeginEpoch(CommandStatus command, DeviceRun run, long now) =>
        IsOfEarlierRun(command, run.Boot) && command.Delivery?.Epoch != run.Epoch
            ? End(command, CommandState.Interrupted, "The device began a new epoch: its file was lost or rolled back.", now)
            : null;

    /// <summary>Whether it was delivered, and this later run of the device program has not shown that it holds it. It is sent again then, so that it finds its end.</summary>
    public static bool IsOfEarlierRun(CommandStatus command, Boot run) =>
        command is { State: CommandState.Delivered, Delivery: { } delivery } && IsLater(run, delivery.Boot) && IsLater(run, command.HeldBy ?? delivery.Boot);

    /// <summary>
    /// The number of another run that has it, where this one's is not higher: so it is not known which of them is the later one. A restored file repeats numbers, and the run that used
    /// this one before may have spoken to nobody else. Null where there is no such run.
    /// </summary>
    public static long? NumberTaken(CommandStatus command, Boot run)
    {
        if (command is not { State: CommandState.Delivered, Delivery: { } delivery } || delivery.Boot.Nonce == run.Nonce || command.HeldBy?.Nonce == run.Nonce)
        {
            return null;
        }

        var number = Math.Max(delivery.Boot.Number, command.HeldBy?.Number ?? 0);
        return number >= run.Number ? number : null;
    }

    /// <summary>The device's result: the first one stands, and replaces an end that was made here.</summary>
    public static CommandStatus? Complete(CommandStatus command, CommandOutcome outcome, JsonValue? result, string? error, long now) =>
        IsOpen(command) || command.IsProvisional
            ? command with
            {
                State = ToState(outcome),
                Reason = error,
                Result = result,
                LeaseUntil = null,
                IsLate = command.IsProvisional,
                IsProvisional = false,
                CompletedAt = now,
            }
            : null;

    /// <summary>
    /// Judges a receipt. Only the run of the device program that was told first may run the command; every other one may at most resume it. The nonce names the run:
    /// its number grows when a restored file made it look stale.
    /// </summary>
    public static (CommandStatus Command, ReceiptVerdict Verdict) Receive(CommandStatus command, DeliveryMark mark)
    {
        if (Deliver(command, mark) is { } delivered)
        {
            return (delivered, ReceiptVerdict.Run);
        }

        var judged = Expire(command, mark.At) ?? BeginEpoch(command, new DeviceRun(mark.Boot, mark.Epoch), mark.At) ?? command;
        return judged.State == CommandState.Delivered
            ? (IsOfEarlierRun(judged, mark.Boot) ? judged with { HeldBy = mark.Boot } : judged, judged.Delivery?.Boot.Nonce == mark.Boot.Nonce ? ReceiptVerdict.Run : ReceiptVerdict.Resume)
            : (judged, ReceiptVerdict.Drop);
    }

    public static bool IsWaiting(CommandStatus command) => command.State is CommandState.Pending or CommandState.Leased;

    public static bool IsOpen(CommandStatus command) => IsWaiting(command) || command.State == CommandState.Delivered;

    // The number orders runs and the nonce tells them apart: one run may raise its own number.
    private static bool IsLater(Boot run, Boot other) => run.Nonce != other.Nonce && run.Number > other.Number;

    private static CommandStatus End(CommandStatus command, CommandState state, string reason, long now) =>
        command with { State = state, Reason = reason, IsProvisional = true, LeaseUntil = null, CompletedAt = now };

    private static CommandState ToState(CommandOutcome outcome) => outcome switch
    {
        CommandOutcome.Succeeded => CommandState.Succeeded,
        CommandOutcome.Failed => CommandState.Failed,
        CommandOutcome.Interrupted => CommandState.Interrupted,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Unknown outcome."),
    };
}
