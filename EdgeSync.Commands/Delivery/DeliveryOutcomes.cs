using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>A step that was committed, for metrics.</summary>
internal readonly record struct CommandStep(CommandStatus Command, long CreatedAt);

/// <summary>What became of a <see cref="CommandRequest"/>.</summary>
internal abstract record DeliveryOutcome;

internal sealed record LeaseOutcome(CommandDelivery Delivery, IReadOnlyList<CommandStep> Steps) : DeliveryOutcome;

internal sealed record ReceiptOutcome(ReceiptAnswer Answer, IReadOnlyList<CommandStep> Steps) : DeliveryOutcome;

internal sealed record ResultOutcome(ResultAnswer Answer, IReadOnlyList<CommandStep> Steps) : DeliveryOutcome;

/// <summary>What became of a wish to create a command.</summary>
internal abstract record CreateOutcome : DeliveryOutcome;

internal sealed record CommandCreated(CommandView Command, long IntentVersion, IReadOnlyList<CommandStep> Superseded) : CreateOutcome;

/// <summary>The same command was created before.</summary>
internal sealed record CommandRepeated(CommandView Command) : CreateOutcome;

/// <summary>The idempotency key names a command with other content.</summary>
internal sealed record KeyTaken(CommandId Other) : CreateOutcome;

/// <summary>Nothing was changed: there is no room now.</summary>
internal sealed record NotTaken(ProblemType Type, string Detail, TimeSpan RetryAfter) : DeliveryOutcome
{
    public static readonly NotTaken QueueFull =
        new(ProblemTypes.Overloaded, "Too many requests wait for the database; send the same again later.", TimeSpan.FromSeconds(2));

    public static readonly NotTaken Stopping = new(ProblemTypes.Unavailable, "The service is stopping; send the same again.", TimeSpan.FromSeconds(2));

    public static readonly NotTaken TooManyWait =
        new(ProblemTypes.Overloaded, "Too many devices wait here. Pull without 'wait' until there is room.", TimeSpan.FromSeconds(10));

    public ProblemResult ToResult() => Type.With(Detail).ToResult(RetryAfter);
}

/// <summary>Nothing was changed: another run of the device's program has used this number, or a higher one.</summary>
internal sealed record StaleRun(long Number) : DeliveryOutcome
{
    public ProblemResult ToResult() => (ProblemTypes.StaleBoot.With(
        $"Run {Number} of the device program, another one, was told to run commands. A live process takes {Number + 1} and asks again; this message is of an earlier run or of a copy.") with
    { Boot = Number }).ToResult();
}

/// <summary>What a look for overdue commands did.</summary>
/// <param name="Steps">Commands that ended or wait again.</param>
/// <param name="Woken">Devices for which a command waits again.</param>
/// <param name="More">Whether the limit was reached.</param>
internal sealed record SweepOutcome(IReadOnlyList<CommandStep> Steps, IReadOnlyList<DeviceHint> Woken, bool More)
{
    public static readonly SweepOutcome Nothing = new([], [], false);
}
