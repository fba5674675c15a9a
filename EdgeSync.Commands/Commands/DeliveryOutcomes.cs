using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>A step that was committed, for metrics.</summary>
internal readonly record struct CommandStep(CommandStatus Command, long CreatedAt);

internal sealed record LeaseOutcome(CommandDelivery Delivery, IReadOnlyList<CommandStep> Steps);

internal sealed record ReceiptOutcome(ReceiptAnswer Answer, IReadOnlyList<CommandStep> Steps);

internal sealed record ResultOutcome(ResultAnswer Answer, IReadOnlyList<CommandStep> Steps);

/// <summary>What a look for overdue commands did.</summary>
/// <param name="Steps">Commands that ended or wait again.</param>
/// <param name="Woken">Devices for which a command waits again.</param>
/// <param name="More">Whether the limit was reached.</param>
internal sealed record SweepOutcome(IReadOnlyList<CommandStep> Steps, IReadOnlyList<DeviceHint> Woken, bool More)
{
    public static readonly SweepOutcome Nothing = new([], [], false);
}
